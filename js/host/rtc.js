/**
 * The room of a database: signalling, the mesh on it, a link of the replica for each peer. Loaded only with `rtc`.
 *
 * @typedef {object} RtcOptions
 * @property {string[]} [relayUrls]
 * @property {unknown} [turnConfig]
 * @property {unknown} [iceServers]
 */
import { decode, encode } from "../codec/index.js"
import { createMesh, createRoom } from "../rtc/index.js"
import { createSignal } from "../signal/nostr.js"

/**
 * @param {object} parts
 * @param {string} parts.name the room's name
 * @param {string | undefined} parts.password
 * @param {RtcOptions} parts.options
 * @param {import("../core/module.js").Locate} parts.locate
 * @param {ReturnType<typeof import("./links.js").createLinks>} parts.links
 * @param {(level: "warn" | "debug", text: string) => void} parts.log
 */
export async function startRtc({ name, password, options, locate, links, log }) {
  const { relayUrls, turnConfig, iceServers } = options
  /** @param {unknown[]} words */
  const say = (...words) => log("debug", words.map(String).join(" "))
  const signal = await createSignal({ appId: name, password, relayUrls, locate, log: say })
  const mesh = meshOn(signal)
  const room = createRoom(mesh, { codec: { encode: (value) => encode(value, "data"), decode }, log: say })

  /** @type {Map<import("../rtc/contract.js").Peer, import("./links.js").Link>} */
  const held = new Map()
  const offs = [
    mesh.on("open", (peer) => {
      held.set(peer, links.open({
        id: peer.id, kind: "peer",
        send: (bytes) => peer.send(bytes),
        // All but a goodbye is for what the peer sent.
        close: (code, message) => (code === "LINK_LOST" ? peer.close(message) : peer.refuse(`${code}: ${message}`)),
        pause: (paused) => peer.pauseReading(paused),
      }))
    }),
    mesh.on("bytes", (peer, bytes) => held.get(peer)?.receive(bytes)),
    mesh.on("close", (peer) => {
      held.get(peer)?.close()
      held.delete(peer)
    }),
  ]

  /** @param {Awaited<ReturnType<typeof createSignal>>} given */
  function meshOn(given) {
    try {
      return createMesh({ signal: given, rtcConfig: { turnConfig, iceServers }, log: say })
    } catch (error) {
      void given.close() // it was never started: nothing can fail
      throw error
    }
  }

  return {
    selfId: mesh.selfId,
    room,
    status: () => ({ ...mesh.status(), relays: signal.status() }),
    /** Says goodbye; the page may be leaving, so nothing waits before it is on its way. */
    async close() {
      const leaving = mesh.leave()
      room.close()
      await leaving
      for (const off of offs) off()
      for (const link of held.values()) link.close()
      held.clear()
    },
  }
}
