/** What the signalling's tests share: the crypto module, time by hand, waiting for a condition, sockets without a network. */
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { loadCrypto } from "../../../js/crypto/crypto.js"

const root = join(import.meta.dirname, "../../..")

/** @param {string} fileName */
export async function locate(fileName) {
  const places = ["dist", "build/wasm-release", "build/wasm-debug"].map((folder) => join(root, folder, fileName))
  const place = places.find((candidate) => existsSync(candidate))
  if (place === undefined) throw new Error(`${fileName} is not built: npm run build`)
  return readFile(place)
}

/** One instance a test file is enough. */
export const crypto = await loadCrypto({ locate })

/**
 * Resolves as soon as the condition holds; fails after the limit.
 * @param {() => unknown} condition
 * @param {string} what
 */
export async function until(condition, what, limitMs = 10_000) {
  const end = Date.now() + limitMs
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited ${limitMs} ms for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 4))
  }
}

/**
 * The arguments of the next matching event.
 * @param {{ on: (name: any, listener: (...args: any[]) => void) => () => void }} emitter
 * @param {string} name
 * @param {(...args: any[]) => boolean} [matching]
 * @returns {Promise<any[]>}
 */
export function next(emitter, name, matching = () => true, limitMs = 10_000) {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => finish(() => reject(new Error(`waited ${limitMs} ms for "${name}"`))), limitMs)
    const off = emitter.on(name, (...args) => { if (matching(...args)) finish(() => resolve(args)) })
    function finish(settle) {
      clearTimeout(limit)
      off()
      settle()
    }
  })
}

/** Lets everything that is only waiting for promises happen. */
export const settle = () => new Promise((resolve) => setImmediate(resolve))

/** Timers that move only when told to. Those due run in the order of their times. */
export function createManualTimers(startMs = 1_700_000_000_000) {
  let time = startMs
  let closed = false
  const waiting = new Set()
  return {
    now: () => time,
    after(waitMs, action) {
      if (closed) return () => {}
      const entry = { due: time + waitMs, action }
      waiting.add(entry)
      return () => waiting.delete(entry)
    },
    close() {
      closed = true
      waiting.clear()
    },
    get size() {
      return waiting.size
    },
    /** Waits from now, shortest first. */
    waits: () => [...waiting].map((entry) => entry.due - time).sort((a, b) => a - b),
    advance(ms) {
      const end = time + ms
      for (;;) {
        const [first] = [...waiting].sort((a, b) => a.due - b.due)
        if (first === undefined || first.due > end) break
        waiting.delete(first)
        time = Math.max(time, first.due)
        first.action()
      }
      time = end
    },
  }
}

/** A WebSocket class whose server is the test: `sockets` holds every instance, oldest first. */
export function createFakeWebSocket() {
  const sockets = []
  class FakeWebSocket {
    bufferedAmount = 0
    sent = []
    closed = false
    constructor(url) {
      this.url = url
      sockets.push(this)
    }
    send(text) {
      this.sent.push(JSON.parse(text))
    }
    close() {
      this.closed = true
      this.onclose?.({ code: 1000, reason: "" })
    }
    open() {
      this.onopen?.()
    }
    say(...frame) {
      this.onmessage?.({ data: JSON.stringify(frame) })
    }
    break(code = 1006) {
      this.onclose?.({ code, reason: "" })
    }
    /** The frames of one kind that the client sent. */
    frames(name) {
      return this.sent.filter((frame) => frame[0] === name)
    }
  }
  return { FakeWebSocket, sockets, get last() { return sockets.at(-1) } }
}
