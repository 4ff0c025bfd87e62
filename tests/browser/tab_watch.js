/**
 * Which tabs live, seen from outside the browser: each holds a WebSocket, which ends with its process, however that
 * ended. (A killed page is told of by Playwright in Chromium only, and several may share a process.)
 */
import { once } from "node:events"
import { WebSocketServer } from "ws"

export async function startTabWatch() {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" })
  await once(server, "listening")
  /** @type {Map<number, import("ws").WebSocket>} */
  const sockets = new Map()
  /** When each ended. @type {Map<number, number>} */
  const gone = new Map()
  server.on("connection", (socket, { url }) => {
    const tab = Number(url.slice(1))
    sockets.set(tab, socket)
    socket.on("close", () => gone.set(tab, Date.now()))
  })
  return {
    /** A tab opens it, adds its number, and sends back what it is sent. */
    url: `ws://127.0.0.1:${server.address().port}/`,
    gone,
    alive: () => [...sockets.keys()].filter((tab) => !gone.has(tab)),
    /** Resolves when each tab has answered or is known to have ended. */
    settled: () => Promise.all([...sockets].map(([tab, socket]) => gone.has(tab) || new Promise((resolve) => {
      socket.once("message", resolve)
      socket.once("close", resolve)
      socket.send("?")
    }))),
    async close() {
      for (const socket of sockets.values()) socket.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
