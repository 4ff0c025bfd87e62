/**
 * The full mesh of a room: one link to every peer the signalling hears of.
 *
 * Whoever hears of a peer dials it at once (dialer.js); calls.js says whose call lives when both do (switchboard.js). A
 * peer that was let go for what it sent is in exile for a while (exile.js): it is neither dialed nor answered.
 *
 * Invariants: see `Mesh` in contract.js. The mesh owns its signal: it starts it, and closing the mesh closes it.
 */
import { WeftError } from "../errors.js"
import { createEmitter } from "../util/emitter.js"
import { readSignal } from "./calls.js"
import { createDialer } from "./dialer.js"
import { createExile } from "./exile.js"
import { iceConfiguration } from "./ice.js"
import { createIntake } from "./intake.js"
import { createKnown, stopTimer } from "./known.js"
import { withDefaults } from "./limits.js"
import { createLink } from "./link.js"
import { createRecord } from "./record.js"
import { createSwitchboard } from "./switchboard.js"

/**
 * @typedef {import("./contract.js").Mesh} Mesh
 * @typedef {import("./contract.js").Peer} Peer
 * @typedef {import("./contract.js").Reason} Reason
 * @typedef {import("./known.js").Entry} Entry
 * @typedef {import("./link.js").Link} Link
 */

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
  const known = createKnown({ maxKnown: limits.maxKnown, now })
  const exile = createExile({ limits, now })
  const record = createRecord({ now, log })
  const intake = createIntake({ limits, now })
  const dialer = createDialer({ selfId, limits, now, dial, giveUp: (entry) => lose(entry, { code: "timeout", message: "not heard of any more" }) })
  const takeMessage = createSwitchboard({ selfId, counters: record.counters, answerWith: (entry, call) => makeLink(entry, call, false) })
  let closed = false

  const ticker = setInterval(() => {
    intake.tick()
    for (const link of known.links()) link.tick()
  }, limits.tickMs)
  const offs = [
    signal.on("peer", onAnnounced),
    signal.on("message", onMessage),
    signal.on("goodbye", onGoodbye),
  ]
  signal.start()

  /** Null when it is nobody to speak with. @param {string} id */
  function heard(id) {
    if (closed || id === selfId) return null
    if (exile.has(id)) return record.refused(id, "it is in exile")
    const entry = known.get(id) ?? meet(id)
    if (entry) entry.heardMs = now()
    return entry
  }

  /** @param {string} id */
  function meet(id) {
    const entry = known.add(id)
    if (!entry) return record.refused(id, "too many peers are known")
    events.emit("seen", id)
    return entry
  }

  /** @param {string} id */
  function onAnnounced(id) {
    const entry = heard(id)
    if (entry) dialer.dialIfDue(entry)
  }

  /** @param {string} id @param {unknown} value */
  function onMessage(id, value) {
    const message = readSignal(value, limits)
    const entry = message ? heard(id) : record.refused(id, "a signalling message that makes no sense")
    if (message && entry) takeMessage(entry, message)
  }

  /** @param {string} id */
  function onGoodbye(id) {
    const entry = known.get(id)
    if (!entry) return
    const reason = /** @type {Reason} */ ({ code: "left", message: "the peer left" })
    if (entry.link) entry.link.close(reason)
    else farewell(entry, reason)
  }

  /** @param {Entry} entry */
  function dial(entry) {
    const link = closed ? null : makeLink(entry, entry.call + 1, true)
    if (!link) return
    record.counters.dialed++
    link.dial()
  }

  /** @param {Entry} entry @param {number} call @param {boolean} dialed @returns {Link | null} null: there are too many */
  function makeLink(entry, call, dialed) {
    if (known.links().length >= limits.maxPeers) return record.refused(entry.id, `there are ${limits.maxPeers} links already`)
    stopTimer(entry)
    entry.call = Math.max(entry.call, call)
    const link = createLink({
      peerId: entry.id, call, dialed, RTCPeerConnection, configuration, now, log, limits, intake,
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
    record.counters.opened++
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
    record.ended(entry.id, reason, peer !== null)
    if (peer) events.emit("close", peer, reason)
    if (!closed) goOn(entry, reason, peer !== null && link.openMs() >= limits.deadMs)
    events.emit("status")
  }

  /** What follows the end of a link. @param {Entry} entry @param {Reason} reason @param {boolean} livedWell */
  function goOn(entry, reason, livedWell) {
    if (reason.code === "refused") banish(entry, reason)
    else if (reason.code === "left") farewell(entry, reason)
    else if (reason.code !== "replaced" && reason.code !== "closed") dialer.dialLater(entry, livedWell)
  }

  /** @param {Entry} entry @param {Reason} reason */
  function banish(entry, reason) {
    record.counters.exiled++
    exile.banish(entry.id, reason.message)
    lose(entry, reason)
  }

  /** It said goodbye, over its link or the signalling: a connection that fell a moment ago was no failure. @param {Entry} entry @param {Reason} reason */
  function farewell(entry, reason) {
    record.pardon(entry.id)
    lose(entry, reason)
  }

  /** @param {Entry} entry @param {Reason} reason */
  function lose(entry, reason) {
    known.forget(entry)
    events.emit("lost", entry.id, reason)
  }

  /** @param {Reason} reason @returns {Promise<unknown>} when the last connection is gone */
  function shut(reason) {
    if (closed) return Promise.resolve()
    closed = true
    const links = known.links()
    clearInterval(ticker)
    for (const off of offs) off()
    for (const link of links) link.close(reason)
    for (const entry of known.all()) known.forget(entry)
    intake.close()
    events.clear()
    return Promise.all(links.map(({ gone }) => gone))
  }

  return {
    selfId,
    on: events.on,
    peers: known.peers,
    peer: (id) => known.get(id)?.peer ?? undefined,
    openChannel(id, name) {
      const link = known.get(id)?.link
      if (!link?.isOpen) throw new WeftError("PEER_NOT_FOUND", `no peer ${id} is connected`)
      return link.channel(name)
    },
    status: () => ({ selfId, peers: known.links().map((link) => link.stats()), ...record.status(), exiled: exile.list() }),
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
    refuse: (why) => link.close({ code: "refused", message: why }),
    get bufferedAmount() {
      return link.bufferedAmount
    },
  }
}
