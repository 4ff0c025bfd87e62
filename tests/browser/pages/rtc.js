// A page with a mesh and a room, its signalling over a plain WebSocket to the test (rtc_hub.js).
// `rtc.html?name=a&hub=ws://…`; the test drives it through `globalThis.peer`.
import { decode, encode } from "/js/codec/index.js"
import { createMesh, createRoom } from "/js/rtc/index.js"

const query = new URLSearchParams(location.search)
const selfId = query.get("name") ?? ""
const socket = new WebSocket(query.get("hub") ?? "")
const listeners = new Map([["peer", new Set()], ["message", new Set()], ["goodbye", new Set()]])
socket.onmessage = ({ data }) => {
  const { name, args } = JSON.parse(data)
  listeners.get(name)?.forEach((listener) => listener(...args))
}

const signal = {
  selfId,
  on: (name, listener) => (listeners.get(name).add(listener), () => listeners.get(name).delete(listener)),
  send: (to, message) => socket.send(JSON.stringify({ to, message })),
  start: () => (socket.onopen = () => socket.send(JSON.stringify({ join: selfId }))),
  status: () => ({}),
  close: () => socket.close(),
}
const mesh = createMesh({
  signal,
  rtcConfig: JSON.parse(query.get("rtc") ?? '{ "iceServers": [] }'),
  limits: JSON.parse(query.get("limits") ?? "{}"),
})
const room = createRoom(mesh, { codec: { encode, decode } })
const events = []
const received = []
mesh.on("open", ({ id }) => events.push(`open ${id}`))
mesh.on("close", ({ id }, { code }) => events.push(`close ${id} ${code}`))
mesh.on("bytes", (_peer, bytes) => received.push({ length: bytes.length, sum: bytes.reduce((sum, byte) => (sum * 31 + byte) >>> 0, 7), at: performance.now() }))

globalThis.peer = {
  mesh, room, events, received,
  ids: () => mesh.peers().map(({ id }) => id).sort(),
  send: (id, length) => mesh.peer(id).send(new Uint8Array(length).map((_, index) => index * 31 + (index >> 8))),
  /** What `received` must say of a message made by `send`. */
  expected: (length) => {
    let sum = 7
    for (let index = 0; index < length; index++) sum = (sum * 31 + ((index * 31 + (index >> 8)) & 255)) >>> 0
    return { length, sum }
  },
}
