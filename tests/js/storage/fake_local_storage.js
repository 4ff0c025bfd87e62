/** What the store asks of localStorage, over a Map. @param {number} [quota] characters */
export function fakeLocalStorage(quota = Infinity) {
  /** @type {Map<string, string>} */
  const map = new Map()
  const used = () => [...map].reduce((sum, [key, value]) => sum + key.length + value.length, 0)
  return /** @type {any} */ ({
    get length() { return map.size },
    key: (/** @type {number} */ i) => [...map.keys()][i] ?? null,
    getItem: (/** @type {string} */ key) => map.get(key) ?? null,
    removeItem: (/** @type {string} */ key) => { map.delete(key) },
    setItem(/** @type {string} */ key, /** @type {string} */ value) {
      if (used() - (map.get(key)?.length ?? 0) + key.length + value.length > quota) throw new DOMException("full", "QuotaExceededError")
      map.set(key, value)
    },
    map,
  })
}
