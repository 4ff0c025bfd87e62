/**
 * `db.room`: who is here, and channels of one's own beside the database.
 *
 * Invariants
 * 1. `peer:join` and `peer:leave` come in pairs for each peer, and match `getPeers()` when they are emitted.
 * 2. Media and cells are not there yet: they reject with NOT_SUPPORTED_YET.
 */
import { WeftError } from "../errors.js"
import { createEmitter } from "../util/emitter.js"
import { createChannel } from "./channel.js"
import { isChannelName } from "./link.js"

/**
 * @typedef {ReturnType<typeof createRoom>} Room
 * @typedef {import("./channel.js").Channel} Channel
 * @typedef {import("./pipe.js").Pipe} Pipe
 *
 * @typedef {{
 *   "peer:join": [peerId: string],
 *   "peer:leave": [peerId: string, reason: import("./contract.js").Reason],
 *   "peer:seen": [peerId: string],
 *   "peer:lost": [peerId: string, reason: import("./contract.js").Reason],
 * }} RoomEvents
 */

const EVENTS = new Set(["peer:join", "peer:leave", "peer:seen", "peer:lost"])
const LATER = new Set(["stream:add", "track:add", "mesh:state", "mesh:peer-state"])

/**
 * @param {import("./contract.js").Mesh} mesh
 * @param {{ codec: import("./channel.js").Codec, log?: (...words: unknown[]) => void }} options
 */
export function createRoom(mesh, { codec, log = () => {} }) {
  /** @type {import("../util/emitter.js").Emitter<RoomEvents>} */
  const events = createEmitter()
  /** @type {Map<string, ReturnType<typeof createChannel>>} */
  const channels = new Map()
  /** @type {Map<string, { peerId: string, pipe: Pipe }[]>} data channels nobody here asked for yet */
  const unclaimed = new Map()
  let left = false

  const offs = [
    mesh.on("open", ({ id }) => events.emit("peer:join", id)),
    mesh.on("close", ({ id }, reason) => events.emit("peer:leave", id, reason)),
    mesh.on("seen", (id) => events.emit("peer:seen", id)),
    mesh.on("lost", (id, reason) => events.emit("peer:lost", id, reason)),
    mesh.on("channel", ({ id }, name, pipe) => onPipe(id, name, pipe)),
  ]

  /** @param {string} peerId @param {string} name @param {Pipe} pipe */
  function onPipe(peerId, name, pipe) {
    const channel = channels.get(name)
    if (channel) {
      channel.receive(peerId, pipe)
      return
    }
    pipe.pauseReading(true)
    const waiting = unclaimed.get(name) ?? []
    unclaimed.set(name, [...waiting, { peerId, pipe }])
    pipe.on("close", () => drop(name, pipe))
  }

  /** @param {string} name @param {Pipe} pipe */
  function drop(name, pipe) {
    const rest = (unclaimed.get(name) ?? []).filter((waiting) => waiting.pipe !== pipe)
    if (rest.length > 0) unclaimed.set(name, rest)
    else unclaimed.delete(name)
  }

  /** @param {string} name @returns {Channel} */
  function channel(name) {
    if (!isChannelName(name)) throw new WeftError("INVALID_ARGUMENT", "name must be 1 to 12 bytes of UTF-8")
    if (left) throw new WeftError("CLOSED", "the room was left")
    const held = channels.get(name)
    if (held) return held.channel
    const made = createChannel(name, { mesh, codec, log })
    channels.set(name, made)
    const waiting = unclaimed.get(name) ?? []
    unclaimed.delete(name)
    for (const { peerId, pipe } of waiting) made.receive(peerId, pipe)
    // A moment later, so that the caller's listeners are there when the first message comes.
    queueMicrotask(() => waiting.forEach(({ pipe }) => pipe.pauseReading(false)))
    return made.channel
  }

  /** @param {string} name */
  function checkEvent(name) {
    if (LATER.has(name)) throw new WeftError("NOT_SUPPORTED_YET", `${name} is not supported yet`)
    if (!EVENTS.has(name)) throw new WeftError("INVALID_ARGUMENT", `there is no event ${JSON.stringify(name)}`)
  }

  /** @param {string} what @returns {(...args: unknown[]) => Promise<never>} */
  const later = (what) => () => Promise.reject(new WeftError("NOT_SUPPORTED_YET", `${what} is not supported yet`))

  function shut() {
    left = true
    for (const off of offs) off()
    for (const { close } of channels.values()) close()
    channels.clear()
    unclaimed.clear()
    events.clear()
  }

  return {
    selfId: mesh.selfId,
    /**
     * @template {keyof RoomEvents} N
     * @param {N} name
     * @param {(...args: RoomEvents[N]) => unknown} listener
     * @returns {() => void} its own off
     */
    on(name, listener) {
      checkEvent(name)
      if (typeof listener !== "function") throw new WeftError("INVALID_ARGUMENT", "listener must be a function")
      return events.on(name, listener)
    },
    /**
     * @template {keyof RoomEvents} N
     * @param {N} name
     * @param {(...args: RoomEvents[N]) => unknown} listener
     */
    off(name, listener) {
      events.off(name, listener)
    },
    channel,
    /** @returns {Record<string, RTCPeerConnection>} the connected peers */
    getPeers: () => Object.fromEntries(mesh.peers().map(({ id, connection }) => [id, connection])),
    /** @param {string} peerId @returns {Promise<number>} milliseconds for a round trip; rejects with PEER_NOT_FOUND or TIMEOUT */
    async ping(peerId) {
      const peer = typeof peerId === "string" ? mesh.peer(peerId) : undefined
      if (!peer) throw new WeftError("PEER_NOT_FOUND", `no peer ${String(peerId)} is connected`)
      return peer.ping()
    },
    /** Says goodbye, closes every link. The database stays open. */
    async leave() {
      if (left) return
      const leaving = mesh.leave()
      shut()
      await leaving
    },
    /** For the owner: ends without a word when the mesh is closed already. */
    close: shut,
    addStream: later("addStream"),
    removeStream: later("removeStream"),
    addTrack: later("addTrack"),
    removeTrack: later("removeTrack"),
    replaceTrack: later("replaceTrack"),
    get mesh() {
      throw new WeftError("NOT_SUPPORTED_YET", "mesh cells are not supported yet")
    },
  }
}
