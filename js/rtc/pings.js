/**
 * Pings under way on one channel, by their nonce. Invariant: every promise settles, and no timer outlives it.
 */
import { WeftError } from "../errors.js"

/** @param {{ timeoutMs: number, now: () => number, send: (nonce: number) => void }} options */
export function createPings({ timeoutMs, now, send }) {
  /** @type {Map<number, { sentMs: number, resolve: (ms: number) => void, reject: (error: WeftError) => void, timer: ReturnType<typeof setTimeout> }>} */
  const waiting = new Map()
  let lastNonce = 0

  /** @param {number} nonce */
  function take(nonce) {
    const ping = waiting.get(nonce)
    waiting.delete(nonce)
    if (ping) clearTimeout(ping.timer)
    return ping
  }

  return {
    /** @returns {Promise<number>} milliseconds for a round trip; rejects with TIMEOUT, or what `end` is given */
    ping() {
      const nonce = (lastNonce = (lastNonce + 1) >>> 0)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => take(nonce)?.reject(new WeftError("TIMEOUT", `no answer to a ping within ${timeoutMs} ms`)), timeoutMs)
        waiting.set(nonce, { sentMs: now(), resolve, reject, timer })
        send(nonce)
      })
    },
    /** An answer; one to no ping is nothing. @param {number} nonce */
    answered(nonce) {
      const ping = take(nonce)
      ping?.resolve(now() - ping.sentMs)
    },
    /** @param {WeftError} error */
    end(error) {
      for (const nonce of [...waiting.keys()]) take(nonce)?.reject(error)
    },
  }
}
