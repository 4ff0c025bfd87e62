/** Relays that behave badly, on real sockets. Each has `url`, `port` and `close()`; what it does is in its name. */
import { createServer } from "node:net"
import { verifyEvent } from "nostr-tools/pure"
import { WebSocketServer } from "ws"

/**
 * A relay in thirty lines that believes everything: it verifies nothing, and the test can put words in its mouth.
 * `react(socket, frame, pass)` stands before each frame of a client; `pass()` lets it through.
 */
export async function startGullibleRelay({ port = 0, onConnection = () => {}, react = (socket, frame, pass) => pass() } = {}) {
  const server = new WebSocketServer({ port, host: "127.0.0.1" })
  await new Promise((resolve, reject) => server.once("listening", resolve).once("error", reject))
  const seen = [] // every frame of every client
  const say = (socket, ...frame) => socket.readyState === 1 && socket.send(JSON.stringify(frame))
  /** Brings an event to whoever subscribed to its topic. */
  function broadcast(event) {
    for (const socket of server.clients) {
      for (const [id, filter] of socket.subscriptions ?? []) {
        if (filter["#x"].includes(event.tags.find(([name]) => name === "x")?.[1])) say(socket, "EVENT", id, event)
      }
    }
  }
  function obey(socket, [name, first, second]) {
    if (name === "REQ") {
      socket.subscriptions.set(first, second)
      say(socket, "EOSE", first)
    } else if (name === "EVENT") {
      say(socket, "OK", first.id, true, "")
      broadcast(first)
    } else if (name === "CLOSE") {
      socket.subscriptions.delete(first)
    }
  }
  server.on("connection", (socket) => {
    socket.subscriptions = new Map()
    socket.on("error", () => {})
    socket.on("message", (data) => {
      const frame = JSON.parse(String(data))
      seen.push(frame)
      react(socket, frame, () => obey(socket, frame))
    })
    onConnection(socket)
  })
  return {
    url: `ws://127.0.0.1:${server.address().port}`,
    port: server.address().port,
    seen,
    events: () => seen.filter(([name]) => name === "EVENT").map(([, event]) => event),
    get clients() { return [...server.clients] },
    say,
    broadcast,
    close: () => new Promise((resolve) => {
      for (const socket of server.clients) socket.terminate()
      server.close(() => resolve(undefined))
    }),
  }
}

/** Takes the connection and never says a word, not even that it is a WebSocket. */
export async function startDeadRelay() {
  const sockets = new Set()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => {}).on("close", () => sockets.delete(socket)).resume() // reads, or it never hears the end
  })
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)))
  const { port } = server.address()
  return {
    url: `ws://127.0.0.1:${port}`,
    port,
    sockets,
    close: () => new Promise((resolve) => {
      for (const socket of sockets) socket.destroy()
      server.close(() => resolve(undefined))
    }),
  }
}

/** Refuses every event. */
export const startRefusingRelay = () => startGullibleRelay({
  react: (socket, frame, pass) => frame[0] === "EVENT"
    ? socket.send(JSON.stringify(["OK", frame[1].id, false, "blocked: not on the list"]))
    : pass(),
})

/** Answers everything late. */
export async function startSlowRelay({ delayMs = 3000 } = {}) {
  const waiting = new Set()
  const relay = await startGullibleRelay({
    react(socket, frame, pass) {
      const timer = setTimeout(() => { waiting.delete(timer); pass() }, delayMs)
      waiting.add(timer)
    },
  })
  return {
    ...relay,
    close() {
      for (const timer of waiting) clearTimeout(timer)
      return relay.close()
    },
  }
}

/** Hangs up at every event, without answering it. */
export const startDroppingRelay = () => startGullibleRelay({
  react: (socket, frame, pass) => frame[0] === "EVENT" ? socket.terminate() : pass(),
})

/** Serves nobody who has not answered its challenge (NIP-42). `authenticated` holds the public keys of those who did. */
export async function startAuthRelay() {
  const authenticated = new Set()
  const relay = await startGullibleRelay({
    onConnection(socket) {
      socket.challenge = `challenge ${Math.random()}`
    },
    react(socket, frame, pass) {
      const [name, first] = frame
      const say = (...answer) => socket.send(JSON.stringify(answer))
      if (name === "AUTH") {
        const tag = (wanted) => first.tags.find(([tagName]) => tagName === wanted)?.[1]
        const genuine = verifyEvent(first) && first.kind === 22242
        socket.trusted = genuine && tag("challenge") === socket.challenge && tag("relay") === relay.url
        if (socket.trusted) authenticated.add(first.pubkey)
        say("OK", first.id, socket.trusted, socket.trusted ? "" : "invalid: wrong answer")
      } else if (socket.trusted) {
        pass()
      } else {
        if (name === "REQ") say("CLOSED", first, "auth-required: who are you?")
        if (name === "EVENT") say("OK", first.id, false, "auth-required: who are you?")
        if (!socket.asked) say("AUTH", socket.challenge)
        socket.asked = true
      }
    },
  })
  return Object.assign(relay, { authenticated })
}
