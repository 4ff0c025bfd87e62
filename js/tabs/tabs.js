/**
 * The other tabs of this origin that have the same database open and speak the same protocol.
 *
 * Each pair of tabs is a link: the host runs the core's ordinary sync over it with `send`. What is new is told to all
 * at once with `broadcast`, one post for any number of tabs. `request` asks one tab a question (journal.js: "flush").
 *
 * Invariants
 * 1. "tab" and "gone" of an id alternate, beginning with "tab"; "bytes" of an id come only between them. A tab that
 *    comes back does so under a new id, ours included (`id` changes with `resume`).
 * 2. What one tab posts to another arrives in the order it was posted, whether sent, broadcast or asked.
 * 3. Of a new pair both get "tab"; whatever either sends from then on reaches the other.
 * 4. What is not one of our messages is ignored and counted.
 * 5. It joins when the first listener for "bytes" is there, so that nothing said to it is lost while its host is still
 *    opening; until then it knows nobody and nobody knows it.
 * 6. While suspended or closed: nothing is sent, nothing arrives, no channel, lock or timer is held.
 *
 * @typedef {import("./wire.js").TabInfo} TabInfo
 * @typedef {{ tab: [id: string, info: TabInfo], info: [id: string, info: TabInfo], gone: [id: string], bytes: [from: string, bytes: Uint8Array], version: [protocol: number] }} TabEvents
 *   "version": a tab has this database open with a weft that speaks another protocol (versions.js); once for each
 *
 * @typedef {object} Tabs
 * @property {string} id  ours
 * @property {number | null} stranger  the protocol of the last tab that does not understand us
 * @property {() => ({ id: string } & TabInfo)[]} list  the others
 * @property {() => string | null} owner  of the store, as far as is known: the last to say so
 * @property {(id: string) => number} heard  how many messages of it arrived; 0 for a tab that is not known
 * @property {(clientId: string) => Promise<string[]>} idsOf  the tabs in the page that the browser's locks call so
 * @property {import("../util/emitter.js").Emitter<TabEvents>["on"]} on  returns its own off
 * @property {(id: string, bytes: Uint8Array) => boolean} send  false: no such tab (any more)
 * @property {(bytes: Uint8Array) => number} broadcast  to how many
 * @property {(id: string, name: string, payload?: unknown, options?: { limitMs?: number }) => Promise<unknown>} request
 *   rejects with PEER_NOT_FOUND, LINK_LOST, TIMEOUT, CLOSED, or the code the other side answered
 * @property {(id: string) => void} askAlive  whoever lives answers, and is "heard"
 * @property {(id: string) => void} giveUp  what was asked of it is not waited for any more: LINK_LOST
 * @property {(name: string, handler: import("./asks.js").AskHandler) => () => void} handle
 *   one handler a name; what it returns (or rejects with) is the answer
 * @property {(change: Partial<TabInfo>) => void} update  our info; the others get "info" when it changed
 * @property {() => void} suspend  leaves, until `resume` (the page goes into the back/forward cache)
 * @property {() => void} resume
 * @property {() => { id: string, tabs: number, ignored: number }} status
 * @property {() => void} close  says goodbye
 */

import { WeftError } from "../errors.js"
import { createEmitter, reportUncaught } from "../util/emitter.js"
import { createAsks, kAlive } from "./asks.js"
import { createPresence } from "./presence.js"
import { createVersions } from "./versions.js"
import { channelName, lifeLockName, newTabId, readMessage } from "./wire.js"

/** More tabs than anyone has open; a bound on what a confused page on this origin can make us remember. */
const kMaxTabs = 256
const kAskLimitMs = 10_000

/**
 * @param {object} options
 * @param {string} options.name the database
 * @param {number} options.protocol major version
 * @param {typeof globalThis.BroadcastChannel} [options.BroadcastChannel]
 * @param {LockManager | null} [options.locks]
 * @param {() => number} [options.now] milliseconds, monotonic
 * @param {TabInfo} [options.info]
 * @returns {Tabs}
 */
export function createTabs({
  name,
  protocol,
  BroadcastChannel = globalThis.BroadcastChannel,
  locks = globalThis.navigator?.locks ?? null,
  now = () => performance.now(),
  info = { rtc: false, owner: false },
}) {
  const channel = channelName(name, protocol)
  /** @type {import("../util/emitter.js").Emitter<TabEvents>} */
  const events = createEmitter()
  /** @type {Map<string, TabInfo>} */
  const others = new Map()
  /** Messages that came from each. @type {Map<string, number>} */
  const counts = new Map()
  /** Those that said that they own the store, the last at the end: one that froze as the owner never takes it back.
   * @type {Set<string>} */
  const owners = new Set()
  /** @type {Set<string>} ids we do not know but greeted, until they answer */
  const greeted = new Set()
  /** @type {Stay | null} */
  let stay = null
  /** @type {number | null} */
  let stranger = null
  let id = newTabId()
  let ignored = 0
  let started = false
  let closed = false

  /** @typedef {{ line: globalThis.BroadcastChannel, presence: import("./presence.js").Presence, versions: ReturnType<typeof createVersions>, joined: boolean }} Stay  from joining to leaving */

  const asks = createAsks((to, message) => post({ ...message, to }))

  /** @param {Record<string, unknown>} message */
  function post(message) {
    if (stay?.joined) stay.line.postMessage({ weft: 1, from: id, ...message })
  }

  function join() {
    const line = new BroadcastChannel(channel)
    // In Node an open channel would keep the process alive.
    const unref = /** @type {{ unref?: () => void }} */ (line).unref
    unref?.call(line)
    const presence = createPresence({ channel, locks, now, gone: leaveTaken, beat: () => post({ kind: "beat" }) })
    /** @type {Stay} */
    const mine = { line, presence, versions: createVersions({ name, protocol, BroadcastChannel, met }), joined: false }
    stay = mine
    line.onmessage = (event) => { if (mine.joined && stay === mine) take(event.data) }
    line.onmessageerror = () => { ignored += 1 }
    presence.live(id).then(() => {
      if (stay !== mine) return
      mine.joined = true
      post({ kind: "hello", info })
    }).catch(reportUncaught)
  }

  function leave() {
    if (!stay) return
    post({ kind: "bye" })
    stay.line.onmessage = null
    stay.line.close()
    stay.presence.close()
    stay.versions.close()
    stay = null
    greeted.clear()
    for (const other of [...others.keys()]) leaveTaken(other)
  }

  /** @param {number} itsProtocol */
  function met(itsProtocol) {
    if (stranger === itsProtocol) return
    stranger = itsProtocol
    events.emit("version", itsProtocol)
  }

  /** @param {string} other @param {TabInfo} itsInfo */
  function comeKnown(other, itsInfo) {
    if (others.size >= kMaxTabs) { ignored += 1; return }
    greeted.delete(other)
    others.set(other, itsInfo)
    counts.set(other, 1)
    countOwner(other, itsInfo)
    stay?.presence.watch(other)
    events.emit("tab", other, itsInfo)
  }

  /** What was asked of an owner before this one is to be asked anew. @param {string} other @param {TabInfo} itsInfo */
  function countOwner(other, itsInfo) {
    if (!itsInfo.owner) return void owners.delete(other)
    if (owners.has(other)) return
    for (const before of owners) asks.lose(before)
    owners.add(other)
  }

  /** @param {string} other */
  function leaveTaken(other) {
    if (!others.delete(other)) return
    owners.delete(other)
    counts.delete(other)
    stay?.presence.unwatch(other)
    asks.lose(other)
    events.emit("gone", other)
  }

  /** @param {unknown} data */
  function take(data) {
    const message = readMessage(data)
    if (!message) { ignored += 1; return }
    const { from, to } = message
    if (from === id || (to !== undefined && to !== id)) return
    if (message.kind === "hello") return greet(from, message.info)
    if (message.kind === "here" && !others.has(from)) return comeKnown(from, pick(message.info))
    if (message.kind === "bye") return leaveTaken(from)
    if (!others.has(from)) return greetAgain(from)
    stay?.presence.heard(from)
    counts.set(from, (counts.get(from) ?? 0) + 1)
    takeFromKnown(from, message)
  }

  /** @param {string} from @param {import("./wire.js").TabMessage} message */
  function takeFromKnown(from, message) {
    switch (message.kind) {
      case "bytes": return events.emit("bytes", from, message.bytes)
      case "ask": return void asks.answer(from, message)
      case "answer": if (!asks.answered(from, message)) ignored += 1; return
      case "here": case "info": return changeInfo(from, pick(message.info))
    }
  }

  /** @param {string} from @param {TabInfo} next */
  function changeInfo(from, next) {
    const before = others.get(from)
    if (before && same(before, next)) return
    others.set(from, next)
    countOwner(from, next)
    events.emit("info", from, next)
  }

  /** Somebody we gave up lives after all. What it says meanwhile is not lost: the new link syncs. @param {string} from */
  function greetAgain(from) {
    if (greeted.has(from)) return
    if (greeted.size >= kMaxTabs) greeted.clear()
    greeted.add(from)
    post({ kind: "hello", to: from, info })
  }

  /** @param {string} from @param {TabInfo} itsInfo */
  function greet(from, itsInfo) {
    leaveTaken(from) // a hello from one we know: it had given us up
    post({ kind: "here", to: from, info })
    comeKnown(from, pick(itsInfo))
  }

  return {
    get id() { return id },
    get stranger() { return stranger },
    list: () => [...others].map(([other, itsInfo]) => ({ id: other, ...itsInfo })),
    owner: () => [...owners].at(-1) ?? null,
    heard: (other) => counts.get(other) ?? 0,
    async idsOf(clientId) {
      const { held = [] } = await locks?.query() ?? {}
      const prefix = lifeLockName(channel, "")
      return held.flatMap((lock) => lock.clientId === clientId && lock.name?.startsWith(prefix) ? [lock.name.slice(prefix.length)] : [])
    },
    askAlive: (other) => { asks.ask(other, kAlive, null, kAskLimitMs).catch(() => {}) }, // that it answers is what is heard
    giveUp: asks.lose,
    on(eventName, listener) {
      const off = events.on(eventName, listener)
      if (eventName === "bytes" && !started && !closed) {
        started = true
        join()
      }
      return off
    },
    send(to, bytes) {
      if (!others.has(to)) return false
      post({ kind: "bytes", to, bytes: alone(bytes) })
      return true
    },
    broadcast(bytes) {
      if (others.size > 0) post({ kind: "bytes", bytes: alone(bytes) })
      return others.size
    },
    async request(to, askName, payload, { limitMs = kAskLimitMs } = {}) {
      if (closed) throw new WeftError("CLOSED", "the tab channel is closed")
      if (!others.has(to)) throw new WeftError("PEER_NOT_FOUND", `there is no tab ${to}`)
      return asks.ask(to, askName, payload, limitMs)
    },
    handle: (askName, handler) => asks.handle(askName, handler),
    update(change) {
      const next = pick({ ...info, ...change })
      if (same(next, info)) return
      info = next
      post({ kind: "info", info })
    },
    suspend: leave,
    resume() {
      if (closed || stay || !started) return
      id = newTabId()
      join()
    },
    status: () => ({ id, tabs: others.size, ignored }),
    close() {
      if (closed) return
      closed = true
      events.clear()
      asks.close()
      leave()
    },
  }
}

/** @param {TabInfo} a @param {TabInfo} b */
function same(a, b) {
  return a.rtc === b.rtc && a.owner === b.owner && a.full === b.full
}

/** @param {TabInfo} info */
function pick({ rtc, owner, full }) {
  return full === true ? { rtc, owner, full } : { rtc, owner }
}

/**
 * A structured clone takes the whole buffer behind a view along.
 * @param {Uint8Array} bytes
 */
function alone(bytes) {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice()
}
