/**
 * Questions to the OPFS store's Worker, and its answers.
 *
 * Invariants
 * 1. Every question is answered once: also when the Worker breaks, or is closed.
 * 2. The Worker is gone after `close`.
 *
 * @typedef {object} Port
 * @property {(operation: string, given: unknown, limitMs?: number, giveAway?: ArrayBufferLike[]) => Promise<unknown>} ask
 *   a Uint8Array is given away
 * @property {(listener: (message: string) => void) => void} onEnd  the Worker broke, or lost the files
 * @property {(why?: WeftError) => void} close
 */

import { ERROR_CODES, WeftError } from "../errors.js"

/** @typedef {{ resolve: (result: unknown) => void, reject: (error: WeftError) => void }} Waiting */

/**
 * The Worker's file lies beside the one that was loaded, as the `.wasm` files do. A package that comes from another
 * origin cannot be a Worker as it is; one that only imports it can.
 */
function makeWorker() {
  const url = new URL("./weft-opfs.js", import.meta.url)
  if (url.origin === globalThis.location.origin) return new Worker(url, { type: "module", name: "weft store" })
  const address = URL.createObjectURL(new Blob([`import ${JSON.stringify(url.href)}`], { type: "text/javascript" }))
  const worker = new Worker(address, { type: "module", name: "weft store" })
  worker.addEventListener("message", () => URL.revokeObjectURL(address), { once: true })
  return worker
}

/** @param {Worker} [worker] @returns {Port} */
export function startWorker(worker = makeWorker()) {
  /** @type {Map<number, Waiting>} */
  const waiting = new Map()
  let asked = 0
  /** @type {WeftError | null} */
  let ended = null
  /** @type {(message: string) => void} */
  let tellEnd = () => {}

  worker.onmessage = ({ data: { id, result, error, lost } }) => {
    if (lost !== undefined) return end(lost)
    const { resolve, reject } = waiting.get(id) ?? {}
    waiting.delete(id)
    if (error) reject?.(asError(error))
    else resolve?.(result)
  }
  worker.onerror = (event) => {
    event.preventDefault?.()
    end(`the Worker of the store failed: ${event.message || "its file could not be loaded"}`)
  }

  /** @param {string} message */
  function end(message) {
    close(new WeftError("STORAGE_FAILED", message))
    tellEnd(message)
  }

  /** @param {WeftError} [why] */
  function close(why = new WeftError("CLOSED", "the store is closed")) {
    if (ended) return
    ended = why
    worker.terminate()
    for (const { reject } of waiting.values()) reject(why)
    waiting.clear()
  }

  return {
    ask(operation, given, limitMs, giveAway = given instanceof Uint8Array ? [given.buffer] : []) {
      if (ended) return Promise.reject(ended)
      return new Promise((resolve, reject) => {
        const id = ++asked
        const timer = limitMs === undefined ? null : setTimeout(() => {
          reject(new WeftError("STORAGE_FAILED", `the Worker of the store did not answer within ${limitMs} ms`))
        }, limitMs)
        const settled = () => { if (timer !== null) clearTimeout(timer) }
        waiting.set(id, {
          resolve: (result) => { settled(); resolve(result) },
          reject: (error) => { settled(); reject(error) },
        })
        worker.postMessage({ id, operation, given }, /** @type {Transferable[]} */ (giveAway))
      })
    },
    onEnd(listener) { tellEnd = listener },
    close,
  }
}

/** @param {{ code: string | null, name: string, message: string }} error as it came through the port */
function asError({ code, name, message }) {
  const known = ERROR_CODES.find((one) => one === code)
  return new WeftError(known ?? "STORAGE_FAILED", known ? message : `${name}: ${message}`)
}
