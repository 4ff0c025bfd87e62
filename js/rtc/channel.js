/**
 * A user channel of the room: named, on data channels of its own (one a peer, opened when first used).
 *
 * A message on the wire is `u8 kind · u32 length of meta (little-endian) · meta · data`. Meta is MessagePack, an absent one
 * has length 0; it comes first so that a receiver's `progress` can already tell what is arriving. Data is MessagePack
 * (kind 0), or bytes as they are (kind 1), which have no bound but the message's own.
 *
 * Invariants
 * 1. `message` and `progress` listeners get what this channel's peers sent, whole and in order for each peer.
 * 2. What arrives before anyone here asked for the channel waits (the sender is told to hold), it is not lost.
 * 3. A message that cannot be decoded closes that peer's data channel of this name; nothing else.
 */
import { WeftError } from "../errors.js"
import { createEmitter } from "../util/emitter.js"

/**
 * @typedef {import("./pipe.js").Pipe} Pipe
 * @typedef {{ encode: (value: unknown) => Uint8Array, decode: (bytes: Uint8Array) => unknown }} Codec
 * @typedef {(fraction: number, peerId: string, meta?: unknown) => void} OnProgress
 *
 * @typedef {object} Channel
 * @property {string} name
 * @property {(data: unknown, targets?: string | string[] | null, meta?: unknown, onProgress?: OnProgress) => Promise<void>} send
 * @property {import("../util/emitter.js").Emitter<ChannelEvents>["on"]} on
 * @property {import("../util/emitter.js").Emitter<ChannelEvents>["off"]} off
 *
 * @typedef {{ message: [data: any, peerId: string, meta: any], progress: [fraction: number, peerId: string, meta: any] }} ChannelEvents
 */

const VALUE = 0
const BYTES = 1
const HEADER = 5

/**
 * @param {string} name
 * @param {{ mesh: import("./contract.js").Mesh, codec: Codec, log: (...words: unknown[]) => void }} options
 */
export function createChannel(name, { mesh, codec, log }) {
  /** @type {import("../util/emitter.js").Emitter<ChannelEvents>} */
  const events = createEmitter()

  /** @type {Channel} */
  const channel = { name, send, on: events.on, off: events.off }

  /** @type {Channel["send"]} */
  async function send(data, targets, meta, onProgress) {
    if (onProgress !== undefined && typeof onProgress !== "function") throw new WeftError("INVALID_ARGUMENT", "onProgress must be a function")
    const ids = targetIds(mesh, targets)
    const message = pack(await readable(data), meta)
    await Promise.all(ids.map((id) => sendTo(id, message, meta, targets, onProgress)))
  }

  /** @param {unknown} data @param {unknown} meta */
  function pack(data, meta) {
    const head = meta === undefined ? new Uint8Array(0) : codec.encode(meta)
    const body = data instanceof Uint8Array ? data : codec.encode(data)
    const message = new Uint8Array(HEADER + head.length + body.length)
    message[0] = data instanceof Uint8Array ? BYTES : VALUE
    new DataView(message.buffer).setUint32(1, head.length, true)
    message.set(head, HEADER)
    message.set(body, HEADER + head.length)
    return message
  }

  /**
   * @param {string} id
   * @param {Uint8Array} message
   * @param {unknown} meta
   * @param {unknown} targets
   * @param {OnProgress} [onProgress]
   * @returns {Promise<void>}
   */
  function sendTo(id, message, meta, targets, onProgress) {
    return new Promise((resolve, reject) => {
      // A peer that leaves while everyone is being told is no error; one that was asked for by name is.
      const fail = (/** @type {WeftError} */ error) => (targets === undefined || targets === null ? resolve() : reject(error))
      if (!mesh.peer(id)) return fail(new WeftError("LINK_LOST", `the peer ${id} left`))
      const taken = mesh.openChannel(id, name).send(message, {
        onProgress: onProgress && ((fraction) => onProgress(fraction, id, meta)),
        onDone: (error) => (error ? fail(error) : resolve()),
      })
      if (!taken) reject(new WeftError("OVERFLOW", `the message is too large, or too much waits for peer ${id} already`))
    })
  }

  /** @param {string} peerId @param {Pipe} pipe */
  function receive(peerId, pipe) {
    /** @type {{ meta: unknown } | null} of the message under way */
    let arriving = null
    pipe.on("progress", (fraction, head) => {
      if (events.count("progress") === 0) return
      attempt(pipe, () => {
        arriving ??= readMeta(head)
        if (arriving) events.emit("progress", fraction, peerId, arriving.meta)
      })
    })
    pipe.on("message", (message) => {
      const large = arriving !== null
      arriving = null
      attempt(pipe, () => {
        const head = readMeta(message)
        if (!head) throw new WeftError("MALFORMED", "a channel message without its meta")
        const body = message.subarray(head.end)
        const data = message[0] === BYTES ? body.slice() : codec.decode(body)
        if (large) events.emit("progress", 1, peerId, head.meta)
        events.emit("message", data, peerId, head.meta)
      })
    })
  }

  /** @param {Pipe} pipe @param {() => void} read */
  function attempt(pipe, read) {
    try {
      read()
    } catch (error) {
      log("rtc: a message on channel", name, "cannot be read", error)
      pipe.close({ code: "refused", message: /** @type {Error} */ (error).message })
    }
  }

  /** Null while not all of it has arrived. @param {Uint8Array} bytes */
  function readMeta(bytes) {
    if (bytes.length < HEADER) return null
    if (bytes[0] !== VALUE && bytes[0] !== BYTES) throw new WeftError("MALFORMED", `channel message kind ${bytes[0]} is unknown`)
    const end = HEADER + new DataView(bytes.buffer, bytes.byteOffset).getUint32(1, true)
    if (bytes.length < end) return null
    return { end, meta: end === HEADER ? undefined : codec.decode(bytes.subarray(HEADER, end)) }
  }

  return { channel, receive, close: events.clear }
}

/**
 * @param {import("./contract.js").Mesh} mesh
 * @param {unknown} targets
 * @returns {string[]}
 */
function targetIds(mesh, targets) {
  if (targets === undefined || targets === null) return mesh.peers().map(({ id }) => id)
  const ids = Array.isArray(targets) ? targets : [targets]
  for (const id of ids) {
    if (typeof id !== "string") throw new WeftError("INVALID_ARGUMENT", "targets must be a peer id or a list of peer ids")
    if (!mesh.peer(id)) throw new WeftError("PEER_NOT_FOUND", `no peer ${id} is connected`)
  }
  return [...new Set(ids)]
}

/** Blobs and buffers become bytes; everything else is the codec's business. @param {unknown} data */
async function readable(data) {
  if (typeof Blob !== "undefined" && data instanceof Blob) return new Uint8Array(await data.arrayBuffer())
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  if (ArrayBuffer.isView(data) && !(data instanceof Uint8Array)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return data
}
