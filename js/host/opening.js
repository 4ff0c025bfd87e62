/**
 * A storage whose first opening has begun: the core is made meanwhile.
 *
 * Invariant: the store that was opened first is given once, or closed by `giveUp`.
 */

/**
 * @param {import("../storage/choose.js").StorageChoice} storage
 * @param {string} name
 */
export function createOpening(storage, name) {
  /** @type {Promise<import("../storage/contract.js").Store> | null} */
  let first = storage.kind === "memory" ? null : storage.open(name)
  first?.catch(() => {}) // whoever opens it hears

  /** @param {string} wanted */
  function open(wanted) {
    const begun = first
    first = null
    return begun ?? storage.open(wanted)
  }
  return {
    open,
    async giveUp() {
      if (first) await open(name).then((store) => store.close(), () => {})
    },
  }
}
