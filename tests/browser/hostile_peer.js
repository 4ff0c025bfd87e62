/**
 * A process of its own that plays hostile peers for hostile.spec.js. Each joins the room as everyone does, over the relay
 * and a real data channel, and then writes into that channel whether told to hold or not. The test drives it by calls
 * over the process channel, `{ call, name, args }`, answered by `{ call, result | error }`.
 */
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"

const self = fileURLToPath(import.meta.url)
/** What may wait in the library before the writer waits too. */
const AHEAD_BYTES = 8 * 1024 * 1024
const FRAMES_A_TASK = 1_000

/** Starts the process. */
export function startHostile() {
  const child = fork(self, ["play"], { serialization: "advanced" })
  const waiting = new Map()
  let calls = 0
  child.on("message", (/** @type {any} */ { call, result, error }) => {
    const { resolve, reject } = waiting.get(call)
    waiting.delete(call)
    if (error === undefined) resolve(result)
    else reject(new Error(error))
  })
  child.on("exit", (code) => { for (const { reject } of waiting.values()) reject(new Error(`the hostile process ended with ${code}`)) })
  const call = (name, ...args) => new Promise((resolve, reject) => {
    waiting.set(++calls, { resolve, reject })
    child.send({ call: calls, name, args })
  })
  return {
    /** @returns {Promise<{ world: Uint8Array, lasting: Uint8Array }>} what its messages carry, as files */
    forge: () => call("forge"),
    /** @param {string} attack @returns {Promise<number>} how many peers it takes; what they write is made now */
    waves: (attack) => call("waves", attack),
    /** A peer joins and is connected. @param {{ room: string, relayUrl: string, victim: string }} where @returns {Promise<string>} its id */
    join: (where) => call("join", where),
    /** @param {number} wave of the latest `waves` @returns {Promise<string>} how many frames were written when it ended or was cut off, and what the library said of it */
    write: (wave) => call("write", wave),
    /** Every peer leaves. */
    leave: () => call("leave"),
    end: () => new Promise((resolve) => { child.once("exit", resolve); child.disconnect() }),
  }
}

if (process.argv[1] === self && process.argv[2] === "play") await play()

async function play() {
  const { RTCPeerConnection } = await import("node-datachannel/polyfill")
  const { default: WebSocket } = await import("ws")
  const { createMesh } = await import("../../js/rtc/index.js")
  const { createSignal } = await import("../../js/signal/nostr.js")
  const { locate, until } = await import("../js/database/open.js")
  const { attacks } = await import("./hostile_attacks.js")
  const { createForge } = await import("./hostile_forge.js")

  /** A connection whose protocol channel can be reached. */
  class Tapped extends RTCPeerConnection {
    protocol = null
    createDataChannel(label, options) {
      const channel = super.createDataChannel(label, options)
      if (options?.negotiated) this.protocol = channel
      return channel
    }
  }

  const forge = await createForge()
  const meshes = []
  let channel = null
  let prepared = []
  let ended = ""

  /** False when the other side has closed, which the library may tell by throwing before its state says so. */
  function send(frame) {
    if (channel.readyState !== "open") return false
    try {
      channel.send(frame)
      return true
    } catch (error) {
      ended = error.message
      return false
    }
  }

  const calls = {
    forge: () => ({ world: forge.world, lasting: forge.lasting }),
    // Made before anyone joins: what takes long to make would look like a peer that died.
    waves(attack) {
      prepared = attacks[attack](forge)
      return prepared.length
    },
    async join({ room, relayUrl, victim }) {
      const signal = await createSignal({ appId: room, relayUrls: [relayUrl], locate, WebSocket })
      const mesh = createMesh({ signal, RTCPeerConnection: Tapped, rtcConfig: { iceServers: [] }, limits: { retryFirstMs: 100, retryMaxMs: 500, dialTimeoutMs: 2_000 } })
      meshes.push(mesh)
      await until(() => mesh.peer(victim), "the victim to be connected", 20_000)
      channel = mesh.peer(victim).connection.protocol
      return mesh.selfId
    },
    async write(wave) {
      let written = 0
      ended = ""
      for (const frame of prepared[wave]) {
        if (!send(frame)) break
        if (++written % FRAMES_A_TASK === 0) await new Promise(setImmediate)
        while (channel.readyState === "open" && channel.bufferedAmount > AHEAD_BYTES) await new Promise((later) => setTimeout(later, 5))
      }
      return `${written} frames ${ended}`
    },
    leave: () => Promise.all(meshes.splice(0).map((mesh) => mesh.leave())).then(() => {}),
  }
  process.on("message", async (/** @type {any} */ { call, name, args }) => {
    try {
      process.send?.({ call, result: await calls[name](...args) })
    } catch (error) {
      process.send?.({ call, error: String(error?.stack ?? error) })
    }
  })
  process.on("disconnect", () => process.exit())
}
