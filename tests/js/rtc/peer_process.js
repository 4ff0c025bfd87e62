// A mesh peer in a process of its own; its signalling goes through the parent process. Used by mesh.test.js.
import { RTCPeerConnection } from "node-datachannel/polyfill"
import { createMesh } from "../../../js/rtc/mesh.js"

const [selfId, limits] = process.argv.slice(2)
const tell = (/** @type {object} */ message) => process.connected && process.send?.(message)
/** @type {Map<string, (...args: any[]) => void>} */
const listeners = new Map()
const parent = "61".padEnd(64, "0")

process.on("message", (/** @type {any} */ { message, block }) => {
  if (message) listeners.get("message")?.(parent, message)
  if (block) {
    const end = Date.now() + block
    while (Date.now() < end);
    tell({ unblocked: true })
  }
})
process.on("disconnect", () => process.exit())

createMesh({
  signal: {
    selfId,
    on: (/** @type {string} */ name, /** @type {any} */ listener) => (listeners.set(name, listener), () => listeners.delete(name)),
    send: (/** @type {string} */ _to, /** @type {object} */ message) => tell({ name: "message", args: [message] }),
    start: () => tell({ name: "peer", args: [] }),
    status: () => ({}),
    close() {},
  },
  RTCPeerConnection: /** @type {any} */ (RTCPeerConnection),
  rtcConfig: { iceServers: [] },
  limits: JSON.parse(limits),
})
