/**
 * One RTCDataChannel as a pipe of whole messages: split and put together, with back-pressure both ways.
 *
 * Sending: frames are handed to the browser while its buffer is below `highWaterBytes`, and again once it is below
 * `lowWaterBytes`; what waits stays here as whole messages, within `maxQueueBytes`. Small ones, of which many make few
 * bytes, go up to `smallHighWaterBytes`, and never faster than a page at the other end can bear.
 * Receiving: frames are read in the slices of an intake (intake.js); `pauseReading(true)` stops that. Either way the other
 * side is told to hold, and one that does not is cut off.
 *
 * Invariants
 * 1. Messages are emitted in the order they were sent, none while reading is paused.
 * 2. `close` is emitted exactly once, whoever closed, and nothing after it; every message not yet handed over is told so.
 * 3. Control frames overtake waiting messages, so a ping is answered also while either side holds; all but the goodbye,
 *    and within a budget of their own.
 */
import { WeftError } from "../errors.js"
import { createEmitter } from "../util/emitter.js"
import { createBudget } from "./budget.js"
import { FrameKind, controlFrame, createAssembler, readControl, split } from "./frames.js"
import { createPings } from "./pings.js"

const SCTP_USER_ABORT = 12
/** So much of the pace's budget is there again before it goes on: timers are slow. */
const PACE_SHARE = 1 / 50
const CLOSED_THERE = "the other side closed it"

/**
 * @typedef {ReturnType<typeof createPipe>} Pipe
 *
 * @typedef {object} SendHooks
 * @property {(fraction: number) => void} [onProgress]  how much of the message has been handed to the browser
 * @property {(error: WeftError | null) => void} [onDone]  handed over whole (null), or never will be
 *
 * @typedef {{ frames: Generator<Uint8Array<ArrayBuffer>, void>, size: number, handed: number, begun: boolean, hooks: SendHooks }} Waiting
 */

/**
 * @param {RTCDataChannel} channel
 * @param {{ limits: import("./limits.js").RtcLimits, now: () => number, intake: import("./intake.js").Intake }} options
 */
export function createPipe(channel, { limits, now, intake }) {
  /** @type {import("../util/emitter.js").Emitter<{ open: [], message: [Uint8Array], progress: [number, Uint8Array], heard: [], close: [import("./contract.js").Reason] }>} */
  const events = createEmitter()
  const assembler = createAssembler(limits)
  const stats = { bytesSent: 0, bytesReceived: 0, messagesSent: 0, messagesReceived: 0 }
  /** @type {Waiting[]} */
  const queue = []
  let queuedBytes = 0
  const reader = intake.reader({
    read: readFrame,
    hold(on) {
      if (channel.readyState === "open") control(controlFrame(on ? FrameKind.HOLD : FrameKind.GO))
    },
    flooded: () => end({ code: "refused", message: "it sends more than it may, though it was told to hold" }),
  })
  const controls = createBudget({ burst: limits.controlBurst, perSecond: limits.controlsPerSecond, now })
  const smalls = createBudget({ burst: limits.smallBurst, perSecond: limits.smallPerSecond, now })
  /** @type {ReturnType<typeof setTimeout> | null} until the next small message may go */
  let pacing = null
  let held = false
  let closed = false
  const pings = createPings({ timeoutMs: limits.pingTimeoutMs, now, send: (nonce) => control(controlFrame(FrameKind.PING, nonce)) })
  /** @type {Uint8Array<ArrayBuffer> | null} a frame the browser did not take */
  let refused = null

  channel.binaryType = "arraybuffer"
  const handlers = {
    open: onOpen,
    bufferedamountlow: pump,
    message: /** @param {Event} event */ (event) => onFrame(/** @type {MessageEvent} */ (event).data),
    close: () => reader.afterAll(() => end({ code: "closed", message: CLOSED_THERE })),
    error: /** @param {Event} event */ (event) => onError(event),
  }
  for (const [name, handler] of Object.entries(handlers)) channel.addEventListener(name, handler)

  function onOpen() {
    if (closed) return
    if (reader.isHolding) control(controlFrame(FrameKind.HOLD))
    events.emit("open")
    pump()
  }

  /** @param {Event} event */
  function onError(event) {
    const cause = /** @type {{ error?: { message?: string, sctpCauseCode?: number | null } }} */ (/** @type {unknown} */ (event)).error
    // Chromium reports the other side's close() as an error of this kind.
    if (cause?.sctpCauseCode === SCTP_USER_ABORT) handlers.close()
    else end({ code: "lost", message: cause?.message || "the data channel failed" })
  }

  /** @param {Uint8Array<ArrayBuffer>} frame @returns {boolean} whether the browser took it */
  function handOver(frame) {
    try {
      channel.send(frame)
    } catch (error) {
      // Chromium throws when its own buffer is full: what was not taken goes out after the next low-water event.
      if (channel.readyState === "open" && channel.bufferedAmount > 0) return false
      end({ code: "lost", message: `the data channel refuses to send: ${/** @type {Error} */ (error).message}` })
      return false
    }
    stats.bytesSent += frame.length
    return true
  }

  /** @param {Uint8Array<ArrayBuffer>} frame */
  function control(frame) {
    // Not reached with buffers below the high water mark; a lost HOLD or GO would stop a link for good.
    if (!handOver(frame)) end({ code: "lost", message: "the data channel takes no more" })
  }

  /** Whether the browser's buffer has room; if not, that it says so when it has. @param {Waiting} waiting */
  function hasRoom({ size }) {
    const small = size <= limits.smallBytes
    channel.bufferedAmountLowThreshold = small ? Math.min(limits.lowWaterBytes, limits.smallHighWaterBytes / 4) : limits.lowWaterBytes
    return channel.bufferedAmount < (small ? Math.min(limits.highWaterBytes, limits.smallHighWaterBytes) : limits.highWaterBytes)
  }

  /** Whether a message may begin; if not, a timer pumps when it may. @param {Waiting} waiting */
  function isDue({ size }) {
    if (size > limits.smallBytes || smalls.take()) return true
    pacing ??= setTimeout(() => {
      pacing = null
      pump()
    }, smalls.msUntil(PACE_SHARE))
    return false
  }

  function pump() {
    while (!closed && !held && queue.length > 0 && channel.readyState === "open" && hasRoom(queue[0])) {
      const waiting = queue[0]
      if (!refused && !waiting.begun && !isDue(waiting)) return
      waiting.begun = true
      const frame = refused ?? waiting.frames.next().value
      if (!frame) {
        queue.shift()
        stats.messagesSent++
        waiting.hooks.onDone?.(null)
        continue
      }
      refused = handOver(frame) ? null : frame
      if (refused) return
      const handed = Math.min(waiting.size, waiting.handed + frame.length)
      queuedBytes -= handed - waiting.handed
      waiting.handed = handed
      waiting.hooks.onProgress?.(waiting.size === 0 ? 1 : waiting.handed / waiting.size)
    }
  }

  /** @param {unknown} data */
  function onFrame(data) {
    if (closed) return
    refusing(() => {
      if (!(data instanceof ArrayBuffer) && !ArrayBuffer.isView(data)) throw new WeftError("MALFORMED", "text on a binary channel")
      const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      stats.bytesReceived += bytes.length
      events.emit("heard")
      const frame = readControl(bytes)
      if (!frame || frame.kind === FrameKind.BYE) return reader.push(bytes)
      if (!controls.take()) throw new WeftError("OVERFLOW", "more control frames than any honest peer sends")
      onControl(frame)
    })
  }

  /** Whatever its turn may have been. @param {Uint8Array} bytes */
  function readFrame(bytes) {
    refusing(() => {
      if (bytes[0] === FrameKind.BYE) end({ code: "left", message: "the peer left" })
      else onPart(bytes)
    })
  }

  /** What no honest peer sends ends the pipe. @param {() => void} step */
  function refusing(step) {
    try {
      step()
    } catch (error) {
      if (!(error instanceof WeftError)) throw error
      end({ code: "refused", message: error.message })
    }
  }

  /** @param {{ kind: number, nonce: number }} frame */
  function onControl({ kind, nonce }) {
    if (kind === FrameKind.PING) control(controlFrame(FrameKind.PONG, nonce))
    else if (kind === FrameKind.HOLD) held = true
    else if (kind === FrameKind.GO) {
      held = false
      pump()
    } else pings.answered(nonce)
  }

  /** @param {Uint8Array} bytes */
  function onPart(bytes) {
    const message = assembler.push(bytes)
    const partial = message ? null : assembler.partial()
    if (partial) events.emit("progress", partial.received / partial.total, partial.head)
    if (!message) return
    stats.messagesReceived++
    events.emit("message", message)
  }

  /** @param {import("./contract.js").Reason} reason @param {boolean} [closeChannel] */
  function end(reason, closeChannel = true) {
    if (closed) return
    closed = true
    for (const [name, handler] of Object.entries(handlers)) channel.removeEventListener(name, handler)
    if (closeChannel) channel.close()
    const error = new WeftError("LINK_LOST", reason.message)
    pings.end(error)
    if (pacing !== null) clearTimeout(pacing)
    for (const waiting of queue.splice(0)) waiting.hooks.onDone?.(error)
    queuedBytes = 0
    reader.end()
    events.emit("close", reason)
    events.clear()
  }

  return {
    label: channel.label,
    on: events.on,
    stats,
    get isOpen() {
      return !closed && channel.readyState === "open"
    },
    /** Bytes not yet handed to the network: in the browser's buffer and waiting here. */
    get bufferedAmount() {
      return closed ? 0 : channel.bufferedAmount + queuedBytes
    },
    /** Bytes in the browser's buffer. */
    get channelBuffered() {
      return closed ? 0 : channel.bufferedAmount
    },
    /**
     * @param {Uint8Array} message belongs to the pipe from now on
     * @param {SendHooks} [hooks]
     * @returns {boolean} false: refused, because the pipe is closed, the message too large or too much waits already
     */
    send(message, hooks = {}) {
      if (closed || message.length > limits.maxMessageBytes || queuedBytes + message.length > limits.maxQueueBytes) return false
      queue.push({ frames: split(message, limits.frameBytes), size: message.length, handed: 0, begun: false, hooks })
      queuedBytes += message.length
      pump()
      return true
    },
    /** @param {boolean} value */
    pauseReading: (value) => reader.pause(value),
    /** @returns {Promise<number>} milliseconds for a round trip; rejects with TIMEOUT or LINK_LOST */
    ping() {
      if (closed || channel.readyState !== "open") return Promise.reject(new WeftError("LINK_LOST", "the channel is not open"))
      return pings.ping()
    },
    /** Ends here with a word to the other side; the channel is left to the connection's end, so that the word gets out. @param {import("./contract.js").Reason} reason */
    leave(reason) {
      if (!closed && channel.readyState === "open") control(controlFrame(FrameKind.BYE))
      end(reason, false)
    },
    /** @param {import("./contract.js").Reason} [reason] */
    close(reason = { code: "closed", message: "closed here" }) {
      end(reason)
    },
  }
}
