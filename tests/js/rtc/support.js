/**
 * Support for the rtc tests: a signalling hub in memory, real peer connections that are counted, and waiting for a
 * condition with a limit.
 */
import nodeDataChannel from "node-datachannel"
import { RTCPeerConnection } from "node-datachannel/polyfill"

/** @type {Set<{ connectionState: string }>} */
const connections = new Set()

/** The real thing, remembered until it is closed. */
export const CountedPeerConnection = /** @type {typeof globalThis.RTCPeerConnection} */ (/** @type {unknown} */ (class extends RTCPeerConnection {
  /** @param {any} configuration */
  constructor(configuration) {
    super(configuration)
    connections.add(this)
  }
}))

/** Waits until every connection made so far is closed: nothing may be left of a mesh that is. */
export async function noneLeft() {
  await until(() => [...connections].every(({ connectionState }) => connectionState === "closed"), "every connection to be closed", 2_000)
  connections.clear()
}

/** Ends the library's threads, so that the process can end. */
export function endLibrary() {
  nodeDataChannel.cleanup()
}

/** @param {string} seed @returns {string} 64 hex digits that sort as the seed does */
export function idOf(seed) {
  return Buffer.from(seed).toString("hex").padEnd(64, "0").slice(0, 64)
}

/** The seed back again. @param {string} id */
export function nameOf(id) {
  return Buffer.from(id, "hex").toString().replace(/\0+$/, "")
}

/**
 * A room in memory. `route(from, to, message, deliver)` may drop, delay, repeat or reorder messages.
 * @param {{ route?: (from: string, to: string, message: any, deliver: () => void) => void }} [options]
 */
export function createHub({ route = (_from, _to, _message, deliver) => queueMicrotask(deliver) } = {}) {
  /** @type {Map<string, { emit: (name: string, ...args: any[]) => void }>} */
  const members = new Map()
  const sent = /** @type {{ from: string, to: string, message: any }[]} */ ([])

  return {
    sent,
    /** Lets `to` hear of `from` (again). @param {string} from @param {string} to */
    announce(from, to) {
      members.get(to)?.emit("peer", from)
    },
    /** @param {string} from @param {string} to @param {any} message */
    inject(from, to, message) {
      members.get(to)?.emit("message", from, message)
    },
    /**
     * @param {string} selfId
     * @param {{ announce?: "both" | "others" | "none" }} [options] who hears of whom when it starts
     * @returns {import("../../../js/rtc/contract.js").Signal & { started: boolean, closed: boolean }}
     */
    join(selfId, { announce = "both" } = {}) {
      /** @type {Map<string, Set<Function>>} */
      const listeners = new Map()
      const self = {
        selfId,
        started: false,
        closed: false,
        /** @param {string} name @param {Function} listener */
        on(name, listener) {
          const set = listeners.get(name) ?? new Set()
          listeners.set(name, set.add(listener))
          return () => set.delete(listener)
        },
        /** @param {string} to @param {any} message */
        send(to, message) {
          const copy = JSON.parse(JSON.stringify(message))
          sent.push({ from: selfId, to, message: copy })
          route(selfId, to, copy, () => members.get(to)?.emit("message", selfId, copy))
        },
        start() {
          self.started = true
          const others = [...members.keys()]
          members.set(selfId, { emit: (name, ...args) => listeners.get(name)?.forEach((listener) => listener(...args)) })
          if (announce === "none") return
          for (const id of others) {
            queueMicrotask(() => members.get(id)?.emit("peer", selfId))
            if (announce === "both") queueMicrotask(() => members.get(selfId)?.emit("peer", id))
          }
        },
        status: () => ({}),
        close() {
          if (self.closed) return
          self.closed = true
          members.delete(selfId)
          for (const member of members.values()) member.emit("goodbye", selfId)
        },
        /** Goes without a word, as a killed process does. */
        vanish() {
          members.delete(selfId)
        },
      }
      return /** @type {any} */ (self)
    },
  }
}

/**
 * @param {() => unknown} condition
 * @param {string} what
 * @param {number} [limitMs]
 */
export async function until(condition, what, limitMs = 10_000) {
  const end = Date.now() + limitMs
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited ${limitMs} ms in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
