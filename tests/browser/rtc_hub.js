/**
 * Support for rtc.spec.js: a server for its page and a signalling hub over WebSockets, both on free ports.
 * Everyone who joins is announced to everyone present, and everyone present to the one who joins.
 */
import { join } from "node:path"
import { WebSocketServer } from "ws"
import { root } from "../../scripts/process.mjs"
import { serve } from "../../scripts/serve.mjs"

export async function startHub() {
  const files = await serve({ folders: { "/": join(root, "tests/browser/pages"), "/js/": join(root, "js") } })
  const sockets = new WebSocketServer({ port: 0, host: "127.0.0.1" })
  await new Promise((listening) => sockets.once("listening", listening))
  const members = new Map()
  const tell = (id, name, ...args) => members.get(id)?.send(JSON.stringify({ name, args }))

  sockets.on("connection", (socket) => {
    let self = ""
    socket.on("message", (text) => {
      const { join: id, to, message } = JSON.parse(String(text))
      if (to) return tell(to, "message", self, message)
      self = id
      for (const other of members.keys()) tell(other, "peer", self)
      members.set(self, socket)
      for (const other of members.keys()) if (other !== self) tell(self, "peer", other)
    })
    socket.on("close", () => members.delete(self))
  })

  return {
    /** The page's address for a peer of that name. */
    url(name, { limits = {}, rtc = { iceServers: [] } } = {}) {
      const query = new URLSearchParams({ name, hub: `ws://127.0.0.1:${sockets.address().port}`, limits: JSON.stringify(limits), rtc: JSON.stringify(rtc) })
      return `${files.url}rtc.html?${query}`
    },
    /** Tells everyone that a peer left, as the signalling does for one that says goodbye. */
    goodbye(id) {
      for (const other of members.keys()) if (other !== id) tell(other, "goodbye", id)
    },
    async close() {
      for (const socket of sockets.clients) socket.terminate()
      await Promise.all([files.close(), new Promise((done) => sockets.close(done))])
    },
  }
}
