/**
 * The way to the OPFS store's Worker, which starts when it is needed: it takes longer to start than the page to read a
 * store that is there.
 *
 * Invariant: what keeps the Worker from starting is told to who asks, and to the listener.
 *
 * @typedef {import("./lifeboat.js").Place} Place
 * @typedef {import("./opfs-port.js").Port} Port
 * @typedef {ReturnType<typeof createLatePort>} LatePort
 */

import { isWeftError, WeftError } from "../errors.js"

/**
 * @param {string} name
 * @param {() => Port} startPort
 * @param {number} limitMs
 */
export function createLatePort(name, startPort, limitMs) {
  /** @type {ReturnType<typeof begin> | null} */
  let made = null
  let closed = false
  /** @type {{ ended: (message: string) => void, opened: (place: Place | null) => void }} */
  let listener = { ended() {}, opened() {} }

  function port() {
    if (made) return made.port
    made = begin(name, startPort, limitMs)
    made.port.onEnd((message) => listener.ended(message))
    made.ready.then((place) => listener.opened(place), ({ message }) => listener.ended(message))
    return made.port
  }

  return {
    /** @returns {Promise<Place | null>} */
    async start() {
      port()
      return made?.ready ?? null
    },
    /** In a task of its own. */
    startSoon() {
      if (made) return
      setTimeout(() => {
        try {
          if (!closed) port()
        } catch (error) {
          listener.ended(/** @type {Error} */ (error).message)
        }
      })
    },
    get started() { return made !== null },
    /** @type {Port["ask"]} */
    ask: (operation, given, limitMs, giveAway) => port().ask(operation, given, limitMs, giveAway),
    /** @param {typeof listener} to */
    listen(to) { listener = to },
    /** @param {WeftError} [why] */
    close(why) {
      closed = true
      made?.port.close(why)
    },
  }
}

/**
 * @param {string} name
 * @param {() => Port} startPort
 * @param {number} limitMs
 * @returns {{ port: Port, ready: Promise<Place | null> }} ready: the Worker has opened the store
 */
function begin(name, startPort, limitMs) {
  try {
    const port = startPort()
    const ready = port.ask("open", name, limitMs).then((place) => /** @type {Place | null} */ (place), (error) => {
      const why = asUnavailable(error)
      port.close(why)
      throw why
    })
    ready.catch(() => {}) // whoever waits for it hears
    return { port, ready }
  } catch (error) {
    throw asUnavailable(error)
  }
}

/** @param {unknown} error */
function asUnavailable(error) {
  if (isWeftError(error, "UNSUPPORTED_VERSION") || isWeftError(error, "CORRUPT_STORE")) return error
  return new WeftError("STORAGE_UNAVAILABLE", `OPFS could not be opened: ${/** @type {any} */ (error)?.message ?? error}`, { cause: error })
}
