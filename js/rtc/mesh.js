/**
 * The full mesh of a room: one link to every peer the signalling hears of.
 *
 * Whoever hears of a peer dials it at once; calls.js says whose call lives when both do. A failed attempt is repeated with
 * back-off while the peer is heard of; a link that is lost (not said goodbye on) is dialed again at once, by the greater
 * id first so that the two do not collide.
 *
 * Invariants: see `Mesh` in contract.js. The mesh owns its signal: it starts it, and closing the mesh closes it.
 */
import { WeftError } from "../errors.js"
import { createEmitter } from "../util/emitter.js"
import { judgeOffer, readSignal } from "./calls.js"
import { iceConfiguration } from "./ice.js"
import { withDefaults } from "./limits.js"
import { createLink } from "./link.js"

/**
 * @typedef {import("./contract.js").Mesh} Mesh
 * @typedef {import("./contract.js").Peer} Peer
 * @typedef {import("./contract.js").Reason} Reason
 * @typedef {import("./link.js").Link} Link
 *
 * @typedef {object} Entry  what is known of a peer, connected or not
 * @property {string} id
 * @property {number} call  greatest call number used or seen
 * @property {Link | null} link
 * @property {Peer | null} peer  while open
 * @property {number} failures  attempts in a row that came to nothing
 * @property {number} heardMs  last announcement or message over the signalling
 * @property {number} nextDialMs
 * @property {ReturnType<typeof setTimeout> | null} timer
 * @property {Map<number, import("./calls.js").Candidate[]>} early  candidates that overtook their offer
 */

const KEPT_FAILURES = 16
const KEPT_EARLY_CALLS = 4

/**
 * @param {{
 *   signal: import("./contract.js").Signal,
 *   RTCPeerConnection?: typeof globalThis.RTCPeerConnection,
 *   rtcConfig?: { iceServers?: unknown, turnConfig?: unknown, iceTransportPolicy?: unknown },
 *   now?: () => number,
 *   log?: (...words: unknown[]) => void,
 *   limits?: Partial<import("./limits.js").RtcLimits>,
 * }} options
 * @returns {Mesh}
 */
export function createMesh({ signal, RTCPeerConnection = globalThis.RTCPeerConnection, rtcConfig = {}, now = steadyNow, log = () => {}, limits: overrides }) {
  if (typeof RTCPeerConnection !== "function") throw new WeftError("RTC_UNAVAILABLE", "this browser or host has no RTCPeerConnection")
  const configuration = iceConfiguration(rtcConfig)
  if (rtcConfig.iceServers !== undefined || rtcConfig.turnConfig !== undefined) tryConfiguration(RTCPeerConnection, configuration)
  const limits = withDefaults(overrides)
  const { selfId } = signal
  /** @type {import("../util/emitter.js").Emitter<import("./contract.js").MeshEvents>} */
  const events = createEmitter()
  /** @type {Map<string, Entry>} */
  const entries = new Map()
  const counters = { dialed: 0, answered: 0, opened: 0, lost: 0, timedOut: 0, glare: 0, stale: 0, refused: 0 }
  /** @type {import("./contract.js").Failure[]} */
  const failures = []
  let closed = false

  const ticker = setInterval(() => {
    for (const entry of entries.values()) entry.link?.tick()
  }, limits.tickMs)
  const offs = [
    signal.on("peer", (id) => heard(id, true)),
    signal.on("message", onMessage),
    signal.on("goodbye", onGoodbye),
  ]
  signal.start()

  /** @param {string} id @returns {Entry | null} */
  function entryOf(id) {
    if (closed || id === selfId) return null
    const held = entries.get(id)
    if (held) return held
    if (entries.size >= limits.maxKnown && !forgetOldest()) return refuse(id, "too many peers are known")
    const entry = { id, call: 0, link: null, peer: null, failures: 0, heardMs: now(), nextDialMs: 0, timer: null, early: new Map() }
    entries.set(id, entry)
    events.emit("seen", id)
    return entry
  }

  function forgetOldest() {
    for (const entry of entries.values()) {
      if (entry.link) continue
      forget(entry)
      return true
    }
    return false
  }

  /** @param {Entry} entry */
  function forget(entry) {
    if (entry.timer !== null) clearTimeout(entry.timer)
    entries.delete(entry.id)
  }

  /** @param {string} id @param {string} why @returns {null} */
  function refuse(id, why) {
    counters.refused++
    log("rtc: refused", id, why)
    return null
  }

  /** @param {string} id @param {boolean} dialToo */
  function heard(id, dialToo) {
    const entry = entryOf(id)
    if (!entry) return null
    entry.heardMs = now()
    if (dialToo) dialIfDue(entry)
    return entry
  }

  /** @param {Entry} entry */
  function dialIfDue(entry) {
    if (closed || entry.link || now() < entry.nextDialMs) return
    if (linkCount() >= limits.maxPeers) {
      refuse(entry.id, `there are ${limits.maxPeers} links already`)
      return
    }
    counters.dialed++
    makeLink(entry, entry.call + 1, true)?.dial()
  }

  function linkCount() {
    let count = 0
    for (const entry of entries.values()) if (entry.link) count++
    return count
  }

  /** @param {Entry} entry @param {number} call @param {boolean} dialed @returns {Link | null} */
  function makeLink(entry, call, dialed) {
    if (entry.timer !== null) clearTimeout(entry.timer)
    entry.timer = null
    entry.call = Math.max(entry.call, call)
    const link = createLink({
      peerId: entry.id, call, dialed, RTCPeerConnection, configuration, now, log, limits,
      send: (message) => tell(entry.id, message),
    })
    entry.link = link
    link.on("opened", () => onOpened(entry, link))
    link.on("closed", (reason) => onClosed(entry, link, reason))
    events.emit("status")
    return link
  }

  /** @param {string} id @param {object} message */
  async function tell(id, message) {
    try {
      await signal.send(id, message)
    } catch (error) {
      // The attempt will time out and be repeated; until then there is nothing better to do.
      log("rtc: the signalling did not take a message", id, error)
    }
  }

  /** @param {Entry} entry @param {Link} link */
  function onOpened(entry, link) {
    counters.opened++
    entry.nextDialMs = 0
    const peer = peerOf(link)
    entry.peer = peer
    link.on("bytes", (bytes) => events.emit("bytes", peer, bytes))
    link.on("channel", (name, pipe) => events.emit("channel", peer, name, pipe))
    log("rtc: open", entry.id, link.stats().openedAfterMs)
    events.emit("open", peer)
    events.emit("status")
  }

  /** @param {Entry} entry @param {Link} link @param {Reason} reason */
  function onClosed(entry, link, reason) {
    const { peer } = entry
    entry.link = null
    entry.peer = null
    log("rtc: closed", entry.id, reason.code, reason.message)
    note(entry, reason, peer !== null)
    // A link that falls as soon as it stands (one side refuses the other) is an attempt that failed.
    const livedWell = peer !== null && link.openMs() >= limits.deadMs
    if (!closed && reason.code !== "left" && reason.code !== "replaced" && reason.code !== "closed") dialLater(entry, livedWell)
    if (peer) events.emit("close", peer, reason)
    if (!closed && reason.code === "left") farewell(entry, reason)
    events.emit("status")
  }

  /** @param {Entry} entry @param {Reason} reason @param {boolean} wasOpen */
  function note(entry, reason, wasOpen) {
    if (reason.code === "left" || reason.code === "closed" || reason.code === "replaced") return
    if (wasOpen) counters.lost++
    else if (reason.code === "timeout") counters.timedOut++
    failures.push({ peerId: entry.id, ...reason, at: now() })
    if (failures.length > KEPT_FAILURES) failures.shift()
  }

  /** @param {Entry} entry @param {boolean} livedWell */
  function dialLater(entry, livedWell) {
    const half = Math.min(limits.retryMaxMs, limits.retryFirstMs * 2 ** entry.failures) / 2
    const waitMs = livedWell ? (selfId > entry.id ? 0 : limits.retryFirstMs) : half + Math.random() * half
    entry.failures = livedWell ? 0 : entry.failures + 1
    entry.nextDialMs = now() + waitMs
    entry.timer = setTimeout(() => {
      entry.timer = null
      entry.nextDialMs = 0
      if (now() - entry.heardMs <= limits.announcedForMs) dialIfDue(entry)
      else giveUp(entry)
    }, waitMs)
  }

  /** @param {Entry} entry */
  function giveUp(entry) {
    forget(entry)
    events.emit("lost", entry.id, { code: "timeout", message: "not heard of any more" })
  }

  /** @param {string} id */
  function onGoodbye(id) {
    const entry = entries.get(id)
    if (!entry) return
    const reason = /** @type {Reason} */ ({ code: "left", message: "the peer left" })
    if (entry.link) entry.link.close(reason)
    else farewell(entry, reason)
  }

  /** It said goodbye, over its link or the signalling: a connection that fell a moment ago was no failure. @param {Entry} entry @param {Reason} reason */
  function farewell(entry, reason) {
    forget(entry)
    const failed = failures.findIndex(({ peerId }) => peerId === entry.id)
    if (failed >= 0) failures.splice(failed, 1)
    events.emit("lost", entry.id, reason)
  }

  /** @param {string} id @param {unknown} value */
  function onMessage(id, value) {
    const message = readSignal(value, limits)
    const entry = message ? heard(id, false) : refuse(id, "a signalling message that makes no sense")
    if (!message || !entry) return
    if (message.type === "candidates") onCandidates(entry, message)
    else if (message.type === "offer") onOffer(entry, message)
    else onAnswer(entry, message)
  }

  /** @param {Entry} entry @param {import("./calls.js").Description} offer */
  function onOffer(entry, offer) {
    const { link } = entry
    const current = link && { call: link.call, dialed: link.dialed, open: link.isOpen }
    const verdict = judgeOffer({ selfId, peerId: entry.id, call: offer.call, current })
    if (verdict === "stale") counters.stale++
    else if (verdict !== "accept") link?.describeAgain()
    else accept(entry, offer)
  }

  /** @param {Entry} entry @param {import("./calls.js").Description} offer */
  function accept(entry, offer) {
    if (entry.link) {
      if (entry.link.dialed && !entry.link.isOpen) counters.glare++
      entry.link.close({ code: "replaced", message: "the peer called anew" })
    }
    if (linkCount() >= limits.maxPeers) {
      refuse(entry.id, `there are ${limits.maxPeers} links already`)
      return
    }
    counters.answered++
    const link = makeLink(entry, offer.call, false)
    const early = entry.early.get(offer.call)
    entry.early.clear()
    if (early) link?.candidates(early)
    link?.answer(offer)
  }

  /** @param {Entry} entry @param {import("./calls.js").Description} answer */
  function onAnswer(entry, answer) {
    const { link } = entry
    if (link?.dialed && link.call === answer.call && !link.isOpen) link.accept(answer)
    else counters.stale++
  }

  /** @param {Entry} entry @param {import("./calls.js").Candidates} message */
  function onCandidates(entry, { call, dialed, candidates }) {
    const { link } = entry
    if (link && link.call === call && link.dialed !== dialed) link.candidates(candidates)
    else if (dialed && call > (link?.call ?? 0) && entry.early.size < KEPT_EARLY_CALLS && !entry.early.has(call)) entry.early.set(call, candidates)
    else counters.stale++
  }

  function openPeers() {
    return [...entries.values()].flatMap(({ peer }) => peer ?? [])
  }

  /** @param {Reason} reason @returns {Promise<unknown>} when the last connection is gone */
  function shut(reason) {
    if (closed) return Promise.resolve()
    closed = true
    const gone = [...entries.values()].map(({ link }) => link?.gone)
    clearInterval(ticker)
    for (const off of offs) off()
    for (const entry of [...entries.values()]) {
      entry.link?.close(reason)
      forget(entry)
    }
    events.clear()
    return Promise.all(gone)
  }

  return {
    selfId,
    on: events.on,
    peers: openPeers,
    peer: (id) => entries.get(id)?.peer ?? undefined,
    openChannel(id, name) {
      const link = entries.get(id)?.link
      if (!link?.isOpen) throw new WeftError("PEER_NOT_FOUND", `no peer ${id} is connected`)
      return link.channel(name)
    },
    status: () => ({
      selfId,
      peers: [...entries.values()].flatMap(({ link }) => link?.stats() ?? []),
      counters: { ...counters },
      failures: failures.map((failure) => ({ ...failure })),
    }),
    async leave() {
      const gone = shut({ code: "left", message: "left the room" })
      await signal.close()
      await gone
    },
    close() {
      void shut({ code: "closed", message: "closed here" })
      void (async () => signal.close())().catch((error) => log("rtc: the signalling did not close cleanly", error))
    },
  }
}

/**
 * Browsers have rules of their own about servers (Firefox blocks some ports): better to hear of them now than at each call.
 * @param {typeof globalThis.RTCPeerConnection} RTCPeerConnection
 * @param {RTCConfiguration} configuration
 */
function tryConfiguration(RTCPeerConnection, configuration) {
  try {
    new RTCPeerConnection(configuration).close()
  } catch (cause) {
    throw new WeftError("INVALID_ARGUMENT", `rtc.iceServers or rtc.turnConfig: ${/** @type {Error} */ (cause).message}`, { path: "rtc.iceServers", cause })
  }
}

/** Milliseconds since 1970 that never step back, whatever happens to the machine's clock. */
function steadyNow() {
  return performance.timeOrigin + performance.now()
}

/** What the host sees of a link. @param {Link} link @returns {Peer} */
function peerOf(link) {
  return {
    id: link.peerId,
    connection: link.connection,
    send: link.send,
    ping: link.ping,
    pauseReading: link.pauseReading,
    stats: link.stats,
    close: (reason = "closed here") => link.close({ code: "closed", message: reason }),
    get bufferedAmount() {
      return link.bufferedAmount
    },
  }
}
