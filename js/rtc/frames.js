/**
 * What travels on one data channel: frames of at most `frameBytes`, the first byte of each its kind.
 *
 *   0 WHOLE  message…                 a message that fits into one frame
 *   1 FIRST  u32 total, part…         the first part of a longer one; total counts all its parts
 *   2 MORE   part…                    the next part
 *   3 PING   u32 nonce                answered at once by
 *   4 PONG   u32 nonce
 *   5 HOLD                            please send no more messages (frames on their way still arrive)
 *   6 GO                              go on
 *   7 BYE                             the sender leaves the room; the last frame
 *
 * Numbers are little-endian. The channel is reliable and ordered, so parts need no numbers; only 3 to 7 may
 * stand between the parts of a message.
 *
 * Invariants
 * 1. `split` then `createAssembler` gives every message back unchanged, for any size up to the bound.
 * 2. Memory spent on an unfinished message is at most twice what has arrived of it, whatever its header promises.
 * 3. A frame that no honest sender makes throws MALFORMED or TOO_LARGE; nothing after it is looked at.
 */
import { WeftError } from "../errors.js"

export const FrameKind = Object.freeze({ WHOLE: 0, FIRST: 1, MORE: 2, PING: 3, PONG: 4, HOLD: 5, GO: 6, BYE: 7 })

const FIRST_HEADER = 5
const MORE_HEADER = 1

/**
 * The frames of one message, made one by one as they are needed.
 * @param {Uint8Array} message
 * @param {number} frameBytes
 * @returns {Generator<Uint8Array<ArrayBuffer>, void>}
 */
export function* split(message, frameBytes) {
  if (message.length + 1 <= frameBytes) {
    yield frame(FrameKind.WHOLE, message)
    return
  }
  let at = frameBytes - FIRST_HEADER
  const first = new Uint8Array(frameBytes)
  first[0] = FrameKind.FIRST
  new DataView(first.buffer).setUint32(1, message.length, true)
  first.set(message.subarray(0, at), FIRST_HEADER)
  yield first
  while (at < message.length) {
    const part = message.subarray(at, at + frameBytes - MORE_HEADER)
    yield frame(FrameKind.MORE, part)
    at += part.length
  }
}

/**
 * @param {number} kind
 * @param {Uint8Array} body
 */
function frame(kind, body) {
  const bytes = new Uint8Array(body.length + 1)
  bytes[0] = kind
  bytes.set(body, 1)
  return bytes
}

/**
 * A frame without a message: PING and PONG carry a nonce, the others nothing.
 * @param {number} kind
 * @param {number} [nonce]
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function controlFrame(kind, nonce) {
  const bytes = new Uint8Array(nonce === undefined ? 1 : 5)
  bytes[0] = kind
  if (nonce !== undefined) new DataView(bytes.buffer).setUint32(1, nonce, true)
  return bytes
}

/**
 * Reads a control frame, or says that it is none.
 * @param {Uint8Array} bytes
 * @returns {{ kind: number, nonce: number } | null}
 */
export function readControl(bytes) {
  const kind = bytes[0]
  if (kind === FrameKind.PING || kind === FrameKind.PONG) {
    if (bytes.length !== 5) throw new WeftError("MALFORMED", "a ping frame has 5 bytes")
    return { kind, nonce: view(bytes).getUint32(1, true) }
  }
  if (kind === FrameKind.HOLD || kind === FrameKind.GO || kind === FrameKind.BYE) {
    if (bytes.length !== 1) throw new WeftError("MALFORMED", "a hold, go or bye frame has 1 byte")
    return { kind, nonce: 0 }
  }
  return null
}

/** @param {Uint8Array} bytes */
function view(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

/**
 * Puts messages together again.
 * @param {{ maxMessageBytes: number }} limits
 */
export function createAssembler({ maxMessageBytes }) {
  /** @type {Uint8Array | null} grows by doubling, ends at exactly `total` */
  let buffer = null
  let total = 0
  let received = 0

  /** @param {Uint8Array} part */
  function append(part) {
    if (part.length === 0) throw new WeftError("MALFORMED", "an empty part")
    if (received + part.length > total) throw new WeftError("MALFORMED", "more parts than announced")
    const held = /** @type {Uint8Array} */ (buffer)
    if (received + part.length > held.length) {
      buffer = new Uint8Array(Math.min(total, Math.max(held.length * 2, received + part.length)))
      buffer.set(held.subarray(0, received))
    }
    /** @type {Uint8Array} */ (buffer).set(part, received)
    received += part.length
    return received === total ? finish() : null
  }

  function finish() {
    const whole = /** @type {Uint8Array} */ (buffer)
    buffer = null
    return whole
  }

  /** @param {Uint8Array} bytes */
  function first(bytes) {
    if (buffer) throw new WeftError("MALFORMED", "a message begins inside another")
    if (bytes.length <= FIRST_HEADER) throw new WeftError("MALFORMED", "a first part without content")
    total = view(bytes).getUint32(1, true)
    if (total > maxMessageBytes) throw new WeftError("TOO_LARGE", `a message of ${total} bytes; at most ${maxMessageBytes} are taken`)
    if (total <= bytes.length - FIRST_HEADER) throw new WeftError("MALFORMED", "a split message that needs no splitting")
    received = 0
    buffer = new Uint8Array(0)
    return append(bytes.subarray(FIRST_HEADER))
  }

  return {
    /**
     * @param {Uint8Array} bytes one message frame (not a control frame)
     * @returns {Uint8Array | null} a message when it is complete; it may share memory with `bytes`
     */
    push(bytes) {
      switch (bytes[0]) {
        case FrameKind.WHOLE:
          if (buffer) throw new WeftError("MALFORMED", "a message begins inside another")
          if (bytes.length - 1 > maxMessageBytes) throw new WeftError("TOO_LARGE", `a message of ${bytes.length - 1} bytes`)
          return bytes.subarray(1)
        case FrameKind.FIRST:
          return first(bytes)
        case FrameKind.MORE:
          if (!buffer) throw new WeftError("MALFORMED", "a part without a beginning")
          return append(bytes.subarray(MORE_HEADER))
        default:
          throw new WeftError("MALFORMED", bytes.length === 0 ? "an empty frame" : `frame kind ${bytes[0]} is unknown`)
      }
    },
    /** How much of the message under way is here, and its beginning; null when none is under way. */
    partial() {
      return buffer ? { received, total, head: buffer.subarray(0, received) } : null
    },
  }
}
