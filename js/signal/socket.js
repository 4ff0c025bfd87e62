/**
 * A WebSocket that comes back. It knows nothing of Nostr.
 *
 * Invariants
 * 1. One socket at a time; what an earlier one still says is not heard.
 * 2. A socket that does not open, or stays silent after we spoke, is given up: no state lasts for ever but "open" and
 *    "closed".
 * 3. After a failure it waits with full jitter, longer each time up to a cap. Only a connection that was answered and
 *    lasted starts the waits afresh, so a server that hangs up at once is not asked at full speed.
 * 4. After `close()` there is no socket, timer or handler left.
 *
 * @typedef {"connecting" | "open" | "closed" | "failed"} SocketState  failed: waiting for the next attempt
 *
 * @typedef {object} SocketLike  the part of a browser's WebSocket that is used; `terminate` is that of the `ws` package
 * @property {number} bufferedAmount
 * @property {(text: string) => void} send
 * @property {(code?: number) => void} close
 * @property {(() => void) | undefined} [terminate]
 * @property {any} onopen
 * @property {any} onmessage
 * @property {any} onclose
 * @property {any} onerror
 *
 * @typedef {new (url: string) => SocketLike} SocketConstructor
 *
 * @typedef {object} SocketOptions
 * @property {string} url
 * @property {SocketConstructor} WebSocket
 * @property {import("./timers.js").Timers} timers
 * @property {() => number} random  0 ≤ x < 1
 * @property {() => void} onOpen
 * @property {(data: unknown) => void} onMessage  a string, or what the server sent instead
 * @property {() => void} onChange  state or error changed
 */
import {
  ANSWER_TIMEOUT_MS, BACKOFF_FIRST_MS, BACKOFF_MAX_MS, BUFFER_LIMIT, CONNECT_TIMEOUT_MS, LINGER_MS, STABLE_MS,
} from "./limits.js"
import { backoffMs } from "./timers.js"

/** @param {SocketOptions} options */
export function createSocket({ url, WebSocket, timers, random, onOpen, onMessage, onChange }) {
  /** @type {SocketLike | null} */
  let socket = null
  /** @type {SocketState} */
  let state = "closed"
  let since = timers.now()
  /** @type {string | null} */
  let error = null
  /** @type {number | null} */
  let retryAt = null
  let attempt = 0
  let answered = false
  let finished = false
  let cancelStep = () => {} // the connect timeout, or the wait for the next attempt
  /** @type {(() => void) | null} */
  let cancelWatch = null

  /** @param {SocketState} next @param {string | null} reason */
  function change(next, reason) {
    state = next
    error = reason
    since = timers.now()
    onChange()
  }

  function connect() {
    if (finished) return
    cancelStep()
    retryAt = null
    answered = false
    /** @type {SocketLike} */
    let mine
    try {
      mine = new WebSocket(url)
    } catch (cause) {
      fail(words(cause))
      return
    }
    socket = mine
    let complaint = ""
    mine.onopen = () => {
      if (mine === socket) opened()
    }
    mine.onmessage = (/** @type {{ data: unknown }} */ { data }) => {
      if (mine === socket) heard(data)
    }
    // A browser says nothing here and little in `close`; Node names the reason here.
    mine.onerror = (/** @type {{ message?: string }} */ event) => {
      complaint = event?.message ?? ""
    }
    mine.onclose = (/** @type {{ code?: number, reason?: string }} */ { code, reason }) => {
      if (mine === socket) fail(complaint || reason || (state === "open" ? "connection lost" : "cannot connect") + ` (${code})`)
    }
    cancelStep = timers.after(CONNECT_TIMEOUT_MS, () => giveUp("did not open in time"))
    change("connecting", error)
  }

  function opened() {
    cancelStep()
    change("open", null)
    onOpen()
  }

  /** @param {unknown} data */
  function heard(data) {
    answered = true
    stopWatch()
    onMessage(data)
  }

  function stopWatch() {
    cancelWatch?.()
    cancelWatch = null
  }

  /** @param {string} reason */
  function giveUp(reason) {
    if (socket) discard(socket)
    fail(reason)
  }

  /** @param {string} reason */
  function fail(reason) {
    socket = null
    stopWatch()
    cancelStep()
    if (state === "open" && answered && timers.now() - since >= STABLE_MS) attempt = 0
    const waitMs = backoffMs(attempt++, { firstMs: BACKOFF_FIRST_MS, maxMs: BACKOFF_MAX_MS, random })
    retryAt = timers.now() + waitMs
    cancelStep = timers.after(waitMs, connect)
    change("failed", reason)
  }

  return {
    connect,

    /** @param {string} text @returns {boolean} false: not sent */
    send(text) {
      if (state !== "open" || socket === null || socket.bufferedAmount > BUFFER_LIMIT) return false
      socket.send(text)
      cancelWatch ??= timers.after(ANSWER_TIMEOUT_MS, () => giveUp("stopped answering"))
      return true
    },

    /** The network is back: no more waiting. */
    wake() {
      if (finished || state === "open" || state === "closed") return
      if (socket) discard(socket)
      socket = null
      attempt = 0
      connect()
    },

    get state() {
      return state
    },

    status: () => ({ state, since, error, retryAt }),

    /** Lets what was sent leave, for a bounded time. */
    async close() {
      if (finished) return
      finished = true
      stopWatch()
      cancelStep()
      const last = socket
      socket = null
      retryAt = null
      change("closed", null)
      if (last === null) return
      await new Promise((resolve) => {
        const cancel = timers.after(LINGER_MS, () => resolve(undefined))
        last.onclose = () => {
          cancel()
          resolve(undefined)
        }
        last.close(1000)
      })
      discard(last)
    },
  }
}

/** @param {SocketLike} socket */
function discard(socket) {
  socket.onopen = socket.onmessage = socket.onclose = null
  socket.onerror = () => {} // `ws` throws an error that nobody listens to
  socket.close()
  socket.terminate?.() // `ws` would wait half a minute for a server that is gone
}

/** @param {unknown} cause */
function words(cause) {
  return cause instanceof Error ? cause.message : String(cause)
}
