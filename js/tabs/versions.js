/**
 * Tabs that have the same database open with a version of weft that says other things to tabs: they never meet on the
 * tabs' channel (its name has the protocol's major version), but they share the store, which only one of them may own.
 * So each tells its version on a channel that has none in its name, and this never changes:
 *
 *   { weft: "version", protocol, answer }   answer: said because another came, and not to be answered
 *
 * Invariants
 * 1. `met` is called once for each other protocol. 2. Of two that differ both hear of it. 3. After `close` no channel is left.
 *
 * @param {object} options
 * @param {string} options.name the database
 * @param {number} options.protocol ours
 * @param {typeof globalThis.BroadcastChannel} options.BroadcastChannel
 * @param {(protocol: number) => void} options.met
 */
export function createVersions({ name, protocol, BroadcastChannel, met }) {
  const line = new BroadcastChannel(`weft:versions:${name}`)
  // In Node an open channel would keep the process alive.
  const unref = /** @type {{ unref?: () => void }} */ (line).unref
  unref?.call(line)
  /** @type {Set<number>} */
  const known = new Set()

  line.onmessage = ({ data }) => {
    const theirs = read(data)
    if (theirs === null || theirs.protocol === protocol) return
    if (!theirs.answer) line.postMessage({ weft: "version", protocol, answer: true })
    if (known.has(theirs.protocol)) return
    known.add(theirs.protocol)
    met(theirs.protocol)
  }
  line.postMessage({ weft: "version", protocol, answer: false })

  return {
    close() {
      line.onmessage = null
      line.close()
    },
  }
}

/** @param {any} data @returns {{ protocol: number, answer: boolean } | null} */
function read(data) {
  if (typeof data !== "object" || data?.weft !== "version" || !Number.isSafeInteger(data.protocol)) return null
  return { protocol: data.protocol, answer: data.answer === true }
}
