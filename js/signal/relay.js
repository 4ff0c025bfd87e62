/**
 * One Nostr relay: subscribes on every open, publishes, answers NIP-42, and keeps account of how the relay does.
 *
 * Invariants
 * 1. It depends on no other relay: own socket, back-off, queue and counters.
 * 2. A subscription is sent again on every open, after authentication, and (with back-off) after the relay closed it.
 * 3. Directed events published while the relay is away wait, within bounds of count and age; broadcasts do not, for
 *    whoever opens announces anew.
 * 4. Nothing a relay says throws: what is not understood is dropped and counted by reason.
 *
 * @typedef {import("../crypto/crypto.js").NostrEvent} NostrEvent
 *
 * @typedef {object} RelayOptions
 * @property {() => object} filter  what to subscribe to (NIP-01)
 * @property {(challenge: string) => NostrEvent} authenticate
 * @property {(relay: Relay, event: unknown) => void} onEvent  unchecked
 * @property {(relay: Relay) => void} onOpen
 * @property {(relay: Relay) => void} onChange
 *
 * @typedef {object} RelayStatus
 * @property {string} url
 * @property {import("./socket.js").SocketState} state
 * @property {number} since  when it came into that state, milliseconds since 1970
 * @property {string | null} error  in words, null while all is well
 * @property {number | null} retryAt
 * @property {boolean} subscribed  the relay confirmed it
 * @property {boolean} authenticated
 * @property {number | null} latencyMs  from the last event sent to its OK
 * @property {number} sent  events
 * @property {number} accepted
 * @property {number} refused
 * @property {number} received  events
 * @property {number} queued
 * @property {Record<string, number>} dropped  reason → count
 * @property {string | null} notice  the relay's last one
 *
 * @typedef {object} Relay
 * @property {string} url
 * @property {() => void} start
 * @property {(event: NostrEvent, options?: { keep?: boolean }) => void} publish  keep: wait for the relay if it is away
 * @property {(event: NostrEvent) => Promise<void>} publishLast  resolves at its OK, or a little later without
 * @property {(reason: string) => void} drop  counts what this relay brought and nobody wants
 * @property {() => void} wake
 * @property {() => RelayStatus} status
 * @property {() => Promise<void>} close
 */
import {
  BACKOFF_MAX_MS, EVENTS_PER_SECOND, LINGER_MS, MAX_FRAME_CHARS, MAX_TEXT_CHARS, PENDING_LIMIT, QUEUE_AGE_MS, QUEUE_LIMIT,
} from "./limits.js"
import { createSocket } from "./socket.js"
import { backoffMs } from "./timers.js"

const SUBSCRIPTION = "weft"
const RESUBSCRIBE_FIRST_MS = 1000

/**
 * @param {RelayOptions & Pick<import("./socket.js").SocketOptions, "url" | "WebSocket" | "timers" | "random">} options
 * @returns {Relay}
 */
export function createRelay({ url, WebSocket, timers, random, filter, authenticate, onEvent, onOpen, onChange }) {
  const socket = createSocket({
    url, WebSocket, timers, random, onOpen: opened, onMessage: hear, onChange: socketChanged,
  })
  const counts = { sent: 0, accepted: 0, refused: 0, received: 0 }
  /** @type {Record<string, number>} */
  const dropped = {}
  /** @typedef {{ event: NostrEvent, at: number }} Waiting */
  /** @type {Waiting[]} for the relay to open */
  let queue = []
  /** @type {Waiting[]} refused until we authenticate */
  let unauthorized = []
  /** @type {Map<string, Waiting & { settled?: () => void }>} sent, OK awaited */
  const pending = new Map()
  /** @type {string | null} */
  let problem = null
  /** @type {string | null} */
  let notice = null
  /** @type {string | null} */
  let authEventId = null
  /** @type {number | null} */
  let latencyMs = null
  let subscribed = false
  let authenticated = false
  let resubscriptions = 0
  let cancelResubscribe = () => {}
  const rate = { second: 0, events: 0 }

  /** @type {Relay} */
  const relay = {
    url,
    start: socket.connect,
    publish(event, { keep = false } = {}) {
      if (socket.state === "open") transmit({ event, at: timers.now() })
      else if (keep) enqueue(queue, { event, at: timers.now() })
    },
    publishLast(event) {
      if (socket.state !== "open") return Promise.resolve()
      return new Promise((resolve) => {
        transmit({ event, at: timers.now(), settled: resolve })
        timers.after(LINGER_MS, resolve)
      })
    },
    drop,
    wake: socket.wake,
    status: () => ({
      url, ...socket.status(), error: socket.status().error ?? problem, subscribed, authenticated, latencyMs, ...counts,
      queued: queue.length + unauthorized.length, dropped: { ...dropped }, notice,
    }),
    close() {
      cancelResubscribe()
      return socket.close()
    },
  }
  return relay

  /** @param {string} reason */
  function drop(reason) {
    dropped[reason] = (dropped[reason] ?? 0) + 1
  }

  function socketChanged() {
    if (socket.state !== "open") {
      subscribed = authenticated = false
      authEventId = problem = null
      cancelResubscribe()
      pending.clear()
    }
    onChange(relay)
  }

  function opened() {
    resubscriptions = 0
    subscribe()
    const waiting = queue
    queue = []
    transmitFresh(waiting)
    onOpen(relay)
  }

  function subscribe() {
    socket.send(JSON.stringify(["REQ", SUBSCRIPTION, filter()]))
  }

  /** @param {Waiting[]} list @param {Waiting} entry */
  function enqueue(list, entry) {
    if (list.push(entry) > QUEUE_LIMIT) {
      list.shift()
      drop("queue full")
    }
  }

  /** @param {Waiting[]} list */
  function transmitFresh(list) {
    for (const entry of list) {
      if (timers.now() - entry.at <= QUEUE_AGE_MS) transmit(entry)
      else drop("too old to send")
    }
  }

  /** @param {Waiting & { settled?: () => void }} entry */
  function transmit(entry) {
    if (!socket.send(JSON.stringify(["EVENT", entry.event]))) {
      drop("relay too slow")
      entry.settled?.()
      return
    }
    counts.sent++
    pending.set(entry.event.id, { ...entry, at: timers.now() })
    if (pending.size > PENDING_LIMIT) pending.delete(/** @type {string} */ (pending.keys().next().value))
  }

  /** @param {unknown} data */
  function hear(data) {
    if (typeof data !== "string") return drop("not text")
    if (data.length > MAX_FRAME_CHARS) return drop("oversize")
    /** @type {any} */
    let frame
    try {
      frame = JSON.parse(data)
    } catch {
      return drop("not JSON")
    }
    if (!Array.isArray(frame)) return drop("unknown frame")
    const [name, first, second, third] = frame
    if (name === "EVENT" && first === SUBSCRIPTION) hearEvent(second)
    else if (name === "OK" && typeof first === "string" && typeof second === "boolean") hearOk(first, second, words(third))
    else if (name === "EOSE" && first === SUBSCRIPTION) hearStored()
    else if (name === "CLOSED" && first === SUBSCRIPTION) hearClosed(words(second))
    else if (name === "AUTH" && typeof first === "string" && first.length <= MAX_TEXT_CHARS) hearChallenge(first)
    else if (name === "NOTICE") hearNotice(words(first))
    else drop("unknown frame")
  }

  /** @param {unknown} event */
  function hearEvent(event) {
    counts.received++
    const second = Math.floor(timers.now() / 1000)
    if (rate.second !== second) Object.assign(rate, { second, events: 0 })
    if (++rate.events > EVENTS_PER_SECOND) drop("too many at once")
    else onEvent(relay, event)
  }

  /** @param {string} id @param {boolean} accepted @param {string} text */
  function hearOk(id, accepted, text) {
    if (id === authEventId) return hearAuthenticated(accepted, text)
    const entry = pending.get(id)
    if (entry === undefined) return drop("unknown OK")
    pending.delete(id)
    latencyMs = timers.now() - entry.at
    entry.settled?.()
    if (accepted) {
      counts.accepted++
      complain(null)
    } else if (text.startsWith("auth-required:") && !authenticated) {
      enqueue(unauthorized, entry)
    } else {
      counts.refused++
      complain(`refused: ${text}`)
    }
  }

  function hearStored() {
    subscribed = true
    resubscriptions = 0
    problem = null
    onChange(relay)
  }

  /** @param {string} text */
  function hearClosed(text) {
    subscribed = false
    const waitsForUs = text.startsWith("auth-required:") && !authenticated
    if (!waitsForUs) {
      const waitMs = backoffMs(resubscriptions++, { firstMs: RESUBSCRIBE_FIRST_MS, maxMs: BACKOFF_MAX_MS, random })
      cancelResubscribe()
      cancelResubscribe = timers.after(waitMs, subscribe)
    }
    problem = `subscription refused: ${text}`
    onChange(relay)
  }

  /** @param {string} challenge */
  function hearChallenge(challenge) {
    const event = authenticate(challenge)
    authEventId = event.id
    socket.send(JSON.stringify(["AUTH", event]))
  }

  /** @param {boolean} accepted @param {string} text */
  function hearAuthenticated(accepted, text) {
    authEventId = null
    authenticated = accepted
    if (!accepted) return complain(`authentication refused: ${text}`)
    subscribe()
    const waiting = unauthorized
    unauthorized = []
    transmitFresh(waiting)
    complain(null)
  }

  /** @param {string} text */
  function hearNotice(text) {
    notice = text
    onChange(relay)
  }

  /** @param {string | null} text */
  function complain(text) {
    if (problem === text) return
    problem = text
    onChange(relay)
  }
}

/** A relay's own words, bounded. @param {unknown} value */
function words(value) {
  return typeof value === "string" ? value.slice(0, MAX_TEXT_CHARS) : ""
}
