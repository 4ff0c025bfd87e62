/**
 * Tells when the browser says that the network is back. Elsewhere it never does.
 * @param {() => void} listener
 * @returns {() => void} its own off
 */
export function onOnline(listener) {
  if (typeof globalThis.addEventListener !== "function") return () => {}
  globalThis.addEventListener("online", listener)
  return () => globalThis.removeEventListener("online", listener)
}
