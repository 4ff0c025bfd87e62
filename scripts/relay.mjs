/**
 * A Nostr relay for development, demo and tests: keeps nothing on disk, listens on this machine only.
 *
 * Use: `node scripts/relay.mjs [--port N] [--host H]`, or `startRelay()` from a script.
 *
 * 1. The protocol (signatures, stored and ephemeral kinds, answers) is `@nostr-relay/core`'s. It trusts the shape of
 *    what it is given, so every message is checked here first. It forgets tags when it brings live events to
 *    subscribers, so that step is done here.
 * 2. Events that are not ephemeral are kept in memory, up to a bound.
 * 3. `close()` ends every connection; nothing of it is left running.
 */
import { createServer } from "node:http"
import { pathToFileURL } from "node:url"
import { parseArgs } from "node:util"
import { EventRepository, LogLevel } from "@nostr-relay/common"
import { NostrRelay } from "@nostr-relay/core"
import { WebSocketServer } from "ws"

const MAX_EVENTS = 10_000
const MAX_FRAME_BYTES = 256 * 1024
const MAX_SUBSCRIPTIONS = 20
const KEEPALIVE_MS = 30_000

const information = {
  name: "weft development relay",
  description: "Keeps nothing on disk. For development and tests.",
  supported_nips: [1, 11],
  software: "https://www.npmjs.com/package/@nostr-relay/core",
  limitation: { max_message_length: MAX_FRAME_BYTES, auth_required: false, payment_required: false },
}

/**
 * @param {{ port?: number, host?: string }} [options] port 0: any free one
 * @returns {Promise<{ url: string, port: number, stats: RelayStats, close: () => Promise<void> }>}
 *
 * @typedef {{ connections: number, open: number, events: number, refused: number, malformed: number }} RelayStats
 */
export async function startRelay({ port = 0, host = "127.0.0.1" } = {}) {
  const stats = { connections: 0, open: 0, events: 0, refused: 0, malformed: 0 }
  // No caches: they would remember the refusal of a forged copy under the id of the genuine event.
  const caches = { filterResultCacheTtl: 0, eventHandlingResultCacheTtl: 0 }
  const relay = new NostrRelay(new MemoryEvents(), { logLevel: LogLevel.ERROR, ...caches })
  const http = createServer(answerHttp)
  const sockets = new WebSocketServer({ server: http, maxPayload: MAX_FRAME_BYTES })
  relay.register({ broadcast: async (event) => broadcast(sockets, event) })
  sockets.on("connection", (socket, request) => serve(relay, stats, socket, request))
  await new Promise((resolve, reject) => {
    http.once("error", reject)
    sockets.on("error", reject) // it repeats the server's errors, and one that nobody hears ends the process
    http.listen(port, host, () => resolve(undefined))
  })
  const keepalive = setInterval(() => dropSilent(sockets), KEEPALIVE_MS)
  const bound = /** @type {import("node:net").AddressInfo} */ (http.address()).port
  const name = host.includes(":") ? `[${host}]` : host
  return {
    url: `ws://${name}:${bound}`,
    port: bound,
    stats,
    async close() {
      clearInterval(keepalive)
      for (const socket of sockets.clients) socket.terminate()
      sockets.close()
      await new Promise((resolve) => {
        http.close(() => resolve(undefined))
        http.closeAllConnections()
      })
      await relay.destroy()
    },
  }
}

/** NIP-11, and a word for whoever opens the address in a browser. */
function answerHttp(request, response) {
  const wantsInformation = request.headers.accept?.includes("application/nostr+json")
  response.setHeader("access-control-allow-origin", "*")
  response.setHeader("access-control-allow-headers", "accept")
  response.setHeader("content-type", wantsInformation ? "application/nostr+json" : "text/plain; charset=utf-8")
  response.end(wantsInformation ? JSON.stringify(information) : "This is a Nostr relay. Open it as a WebSocket.\n")
}

function serve(relay, stats, socket, request) {
  stats.connections++
  stats.open++
  socket.alive = true
  socket.subscriptions = new Map()
  socket.on("pong", () => { socket.alive = true })
  socket.on("error", () => {}) // oversize or broken frames: `close` follows
  socket.on("close", () => {
    stats.open--
    relay.handleDisconnect(socket)
  })
  socket.on("message", async (data, isBinary) => {
    const message = isBinary ? null : readMessage(String(data))
    if (message === null) {
      stats.malformed++
      socket.send(JSON.stringify(["NOTICE", "invalid: not a message of NIP-01"]))
      return
    }
    try {
      note(socket, message) // first, or an event could fall between the stored ones and the subscription
      const result = await relay.handleMessage(socket, message)
      if (result?.messageType === "EVENT") result.success ? stats.events++ : stats.refused++
    } catch (error) {
      socket.send(JSON.stringify(["NOTICE", `error: ${error.message}`]))
    }
  })
  relay.handleConnection(socket, request.socket.remoteAddress)
}

/** Keeps the client's subscriptions, newest wins; the oldest gives way beyond the bound. */
function note(socket, [name, id, ...filters]) {
  if (name === "REQ") socket.subscriptions.set(id, filters)
  if (name === "CLOSE") socket.subscriptions.delete(id)
  if (socket.subscriptions.size > MAX_SUBSCRIPTIONS) {
    const [oldest] = socket.subscriptions.keys()
    socket.subscriptions.delete(oldest)
    socket.send(JSON.stringify(["CLOSED", oldest, "error: too many subscriptions"]))
  }
}

function broadcast(sockets, event) {
  for (const socket of sockets.clients) {
    for (const [id, filters] of socket.subscriptions ?? []) {
      if (filters.some((filter) => matches(event, filter))) socket.send(JSON.stringify(["EVENT", id, event]))
    }
  }
}

function dropSilent(sockets) {
  for (const socket of sockets.clients) {
    if (!socket.alive) socket.terminate()
    socket.alive = false
    socket.ping()
  }
}

/** A message of the right shape, or null. */
function readMessage(text) {
  let message
  try {
    message = JSON.parse(text)
  } catch {
    return null
  }
  if (!Array.isArray(message)) return null
  const [name, first, ...rest] = message
  switch (name) {
    case "EVENT": return isEvent(first) ? ["EVENT", withoutExtras(first)] : null
    case "AUTH": return isEvent(first) ? ["AUTH", first] : null
    case "REQ": return isName(first) && rest.length > 0 && rest.length <= 10 && rest.every(isFilter) ? message : null
    case "CLOSE": return isName(first) ? message : null
    default: return null
  }
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value)
const isHex = (value, digits) => typeof value === "string" && value.length === digits && /^[0-9a-f]*$/.test(value)
const isName = (value) => typeof value === "string" && value.length > 0 && value.length <= 64
const isStringList = (value) => Array.isArray(value) && value.every((item) => typeof item === "string")
const isCount = (value) => Number.isSafeInteger(value) && value >= 0

function isEvent(event) {
  return isObject(event) && isHex(event.id, 64) && isHex(event.pubkey, 64) && isHex(event.sig, 128)
    && isCount(event.created_at) && isCount(event.kind) && event.kind <= 65535
    && typeof event.content === "string" && Array.isArray(event.tags) && event.tags.every(isStringList)
}

const withoutExtras = ({ id, pubkey, created_at, kind, tags, content, sig }) => ({ id, pubkey, created_at, kind, tags, content, sig })

function isFilter(filter) {
  return isObject(filter) && Object.entries(filter).every(([name, value]) => {
    if (name === "ids" || name === "authors" || name.startsWith("#")) return isStringList(value)
    if (name === "kinds") return Array.isArray(value) && value.every(isCount)
    if (name === "since" || name === "until" || name === "limit") return isCount(value)
    return name === "search" && typeof value === "string"
  })
}

/** The relay's store: the newest MAX_EVENTS events that are not ephemeral. */
class MemoryEvents extends EventRepository {
  #events = new Map()

  isSearchSupported() {
    return false
  }

  upsert(event) {
    if (this.#events.has(event.id)) return { isDuplicate: true }
    this.#events.set(event.id, event)
    if (this.#events.size > MAX_EVENTS) this.#events.delete(this.#events.keys().next().value)
    return { isDuplicate: false }
  }

  find(filter) {
    const found = [...this.#events.values()].filter((event) => matches(event, filter))
    found.sort((a, b) => b.created_at - a.created_at || (a.id < b.id ? -1 : 1))
    return found.slice(0, filter.limit ?? found.length)
  }

  async destroy() {
    this.#events.clear()
  }
}

/** Whether an event passes a filter; `limit` is no matter of one event, `search` is not supported. */
function matches(event, { ids, authors, kinds, since = 0, until = Infinity, ...others }) {
  const tagFilters = Object.entries(others).filter(([name]) => name.startsWith("#"))
  return (!ids || ids.includes(event.id)) && (!authors || authors.includes(event.pubkey))
    && (!kinds || kinds.includes(event.kind)) && event.created_at >= since && event.created_at <= until
    && tagFilters.every(([name, values]) => event.tags.some(([tag, value]) => `#${tag}` === name && values.includes(value)))
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({ options: { port: { type: "string", default: "0" }, host: { type: "string", default: "127.0.0.1" } } })
  const relay = await startRelay({ port: Number(values.port), host: values.host })
  console.log(relay.url)
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => relay.close())
}
