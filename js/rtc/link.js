/**
 * One link to one peer: a connection attempt that becomes, once the protocol channel opens, the peer the host sees.
 *
 * The protocol channel is agreed beforehand (`negotiated`, id 0), so neither side waits for the other's announcement of
 * it. User channels are opened in band, labelled `weft:` and their name.
 *
 * Invariants
 * 1. The state moves only forward: dialing or answering → open → closed.
 * 2. `opened` is emitted at most once, `closed` exactly once and last.
 * 3. Closing ends the connection, every channel and every timer of the link.
 */
import { WeftError } from "../errors.js"
import { createEmitter } from "../util/emitter.js"
import { createLiveness } from "./liveness.js"
import { createNegotiation } from "./negotiation.js"
import { createPipe } from "./pipe.js"

const CHANNEL_PREFIX = "weft:"

/**
 * @typedef {ReturnType<typeof createLink>} Link
 * @typedef {import("./contract.js").Reason} Reason
 * @typedef {import("./pipe.js").Pipe} Pipe
 *
 * @param {{
 *   peerId: string,
 *   call: number,
 *   dialed: boolean,
 *   RTCPeerConnection: typeof globalThis.RTCPeerConnection,
 *   configuration: RTCConfiguration,
 *   send: (message: object) => unknown,
 *   now: () => number,
 *   log: (...words: unknown[]) => void,
 *   limits: import("./limits.js").RtcLimits,
 *   intake: import("./intake.js").Intake,
 * }} options
 */
export function createLink({ peerId, call, dialed, RTCPeerConnection, configuration, send, now, log, limits, intake }) {
  /** @type {import("../util/emitter.js").Emitter<{ opened: [], bytes: [Uint8Array], channel: [string, Pipe], closed: [Reason] }>} */
  const events = createEmitter()
  const connection = new RTCPeerConnection(configuration)
  const reading = { limits, now, intake }
  const protocol = createPipe(connection.createDataChannel("weft", { negotiated: true, id: 0, ordered: true }), reading)
  const negotiation = createNegotiation(connection, { call, dialed, send, log, limits })
  const liveness = createLiveness(limits, now())
  const beganMs = now()
  /** @type {Map<string, Pipe>} */
  const channels = new Map()
  /** @type {Set<Pipe>} every pipe of this link, the protocol's too */
  const pipes = new Set()
  // What closed pipes carried, so that the sums never fall.
  const past = { bytesSent: 0, bytesReceived: 0 }
  /** @type {"dialing" | "answering" | "open" | "closed"} */
  let state = dialed ? "dialing" : "answering"
  /** @type {number | null} */
  let openedAfterMs = null
  /** @type {number | null} */
  let roundTripMs = null
  let refusals = 0

  /** @type {() => void} */
  let settleGone = () => {}
  /** @type {Promise<void>} */
  const gone = new Promise((resolve) => { settleGone = resolve })

  const timers = [setTimeout(() => close({ code: "timeout", message: `no connection within ${limits.dialTimeoutMs} ms` }), limits.dialTimeoutMs)]
  if (dialed) timers.push(setTimeout(() => negotiation.again(), limits.offerAgainMs))
  connection.addEventListener("connectionstatechange", onConnectionState)
  connection.addEventListener("datachannel", onDataChannel)
  adopt(protocol)
  protocol.on("open", onOpen)
  protocol.on("message", (bytes) => events.emit("bytes", bytes))
  protocol.on("close", (reason) => close(reason.code === "closed" ? { code: "lost", message: "the other side closed the connection" } : reason))

  /** @param {Pipe} pipe */
  function adopt(pipe) {
    pipes.add(pipe)
    pipe.on("heard", () => liveness.heard(now()))
    pipe.on("close", () => {
      pipes.delete(pipe)
      past.bytesSent += pipe.stats.bytesSent
      past.bytesReceived += pipe.stats.bytesReceived
    })
  }

  function onOpen() {
    if (state === "closed") return
    for (const timer of timers.splice(0)) clearTimeout(timer)
    state = "open"
    openedAfterMs = now() - beganMs
    liveness.heard(now())
    events.emit("opened")
  }

  function onConnectionState() {
    if (connection.connectionState === "failed") close({ code: state === "open" ? "lost" : "failed", message: "no way to the peer works (ICE failed)" })
    else if (connection.connectionState === "disconnected") measure()
  }

  /** A ping of our own: its answer is heard, its absence is left to `tick`. */
  function measure() {
    protocol.ping().then(
      (ms) => { roundTripMs = ms },
      (error) => log("rtc: ping unanswered", peerId, error.code),
    )
  }

  /** @param {RTCDataChannelEvent} event */
  function onDataChannel({ channel }) {
    const name = channel.label.slice(CHANNEL_PREFIX.length)
    if (!channel.label.startsWith(CHANNEL_PREFIX) || !isChannelName(name)) {
      close({ code: "refused", message: "a channel with a name that is not allowed" })
    } else if (pipes.size > limits.maxChannels) {
      close({ code: "refused", message: `more than ${limits.maxChannels} channels` })
    } else {
      const pipe = createPipe(channel, reading)
      adopt(pipe)
      pipe.on("close", countRefusal)
      // Both sides may open a name at once. Each then goes on sending on its own, and both are read.
      if (!channels.has(name)) remember(name, pipe)
      events.emit("channel", name, pipe)
    }
  }

  /** Garbage ends a user channel, and too many ends of that kind the link. @param {Reason} reason */
  function countRefusal({ code }) {
    if (code === "refused" && ++refusals > limits.maxRefusals) close({ code: "refused", message: "garbage on one channel after the other" })
  }

  /** @param {string} name @param {Pipe} pipe */
  function remember(name, pipe) {
    channels.set(name, pipe)
    pipe.on("close", () => {
      if (channels.get(name) === pipe) channels.delete(name)
    })
  }

  /** @param {Reason} reason */
  function close(reason) {
    if (state === "closed") return
    state = "closed"
    for (const timer of timers.splice(0)) clearTimeout(timer)
    connection.removeEventListener("connectionstatechange", onConnectionState)
    connection.removeEventListener("datachannel", onDataChannel)
    negotiation.close()
    // A goodbye of ours needs a moment to get out. A page that is being left has none, and must not close in its place.
    const lingers = reason.code === "left" && protocol.isOpen
    if (lingers) protocol.leave(reason)
    for (const pipe of [...pipes]) pipe.close(reason)
    if (lingers) setTimeout(endConnection, limits.lingerMs)
    else endConnection()
    events.emit("closed", reason)
    events.clear()
  }

  function endConnection() {
    connection.close()
    settleGone()
  }

  /** @param {Promise<void>} step */
  function guard(step) {
    step.catch((error) => close({ code: "failed", message: `the connection could not be negotiated: ${error.message}` }))
  }

  return {
    peerId,
    call,
    dialed,
    connection,
    on: events.on,
    close,
    /** Resolves when nothing of it is left. */
    gone,
    get state() {
      return state
    },
    get isOpen() {
      return state === "open"
    },
    get bufferedAmount() {
      return protocol.bufferedAmount
    },
    /** How long it has been open. */
    openMs: () => (openedAfterMs === null ? 0 : now() - beganMs - openedAfterMs),
    dial: () => guard(negotiation.dial()),
    /** @param {import("./calls.js").Description} offer */
    answer: (offer) => guard(negotiation.answer(offer.sdp, offer.candidates)),
    /** @param {import("./calls.js").Description} answer */
    accept: (answer) => guard(negotiation.accept(answer.sdp, answer.candidates)),
    candidates: negotiation.candidates,
    describeAgain: negotiation.again,
    /** @param {Uint8Array} bytes */
    send(bytes) {
      if (state !== "open") return false
      if (protocol.send(bytes)) return true
      close({ code: "overflow", message: "more waits for this peer than may" })
      return false
    },
    pauseReading: protocol.pauseReading,
    /** @returns {Promise<number>} */
    async ping() {
      return (roundTripMs = await protocol.ping())
    },
    /** The pipe of a user channel, opened if need be. @param {string} name */
    channel(name) {
      const held = channels.get(name)
      if (held) return held
      if (state !== "open") throw new WeftError("LINK_LOST", "the link to the peer is not open")
      const pipe = createPipe(connection.createDataChannel(CHANNEL_PREFIX + name, { ordered: true }), reading)
      adopt(pipe)
      pipe.on("close", countRefusal)
      remember(name, pipe)
      events.emit("channel", name, pipe)
      return pipe
    },
    /** Once a `tickMs`: pings a silent peer, closes a dead one. */
    tick() {
      if (state !== "open") return
      const { bytesSent } = traffic()
      let buffered = 0
      for (const pipe of pipes) buffered += pipe.channelBuffered
      const verdict = liveness.tick(now(), { handed: bytesSent, buffered })
      if (verdict === "ping") measure()
      else if (verdict === "dead") close({ code: "lost", message: `nothing heard for ${Math.round(limits.deadMs / 1000)} s` })
    },
    /** @returns {import("./contract.js").PeerStats} */
    stats() {
      const { messagesSent, messagesReceived } = protocol.stats
      return {
        id: peerId, state, call, dialed, openedAfterMs, roundTripMs, ...traffic(), messagesSent, messagesReceived,
        bufferedAmount: protocol.bufferedAmount, quietMs: liveness.quietMs(now()), connectionState: connection.connectionState,
      }
    },
  }

  function traffic() {
    let { bytesSent, bytesReceived } = past
    for (const { stats } of pipes) {
      bytesSent += stats.bytesSent
      bytesReceived += stats.bytesReceived
    }
    return { bytesSent, bytesReceived }
  }
}

/**
 * A user channel's name: 1 to 12 bytes of UTF-8.
 * @param {unknown} name
 * @returns {name is string}
 */
export function isChannelName(name) {
  return typeof name === "string" && name.length > 0 && name.length <= 12 && new TextEncoder().encode(name).length <= 12
}
