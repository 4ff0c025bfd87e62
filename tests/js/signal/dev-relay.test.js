// scripts/relay.mjs: the relay that demo and tests run on.
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { test } from "node:test"
import WebSocket from "ws"
import { startRelay } from "../../../scripts/relay.mjs"
import { crypto, until } from "./helpers.js"

async function connect(url) {
  const socket = new WebSocket(url)
  const heard = []
  socket.on("message", (data) => heard.push(JSON.parse(String(data))))
  await once(socket, "open")
  const say = (...frame) => socket.send(JSON.stringify(frame))
  const answer = (name, id) => until(() => heard.some(([n, i]) => n === name && i === id), `${name} ${id}`)
  return { socket, heard, say, answer }
}

const key = crypto.createKey()
const makeEvent = (changes = {}) => crypto.sign({ created_at: Math.floor(Date.now() / 1000), kind: 25431, tags: [["x", "topic"]], content: "hello", ...changes }, key)

test("brings ephemeral events to whoever asked for the topic, and to nobody else", async () => {
  const relay = await startRelay()
  try {
    const [a, b, c] = [await connect(relay.url), await connect(relay.url), await connect(relay.url)]
    b.say("REQ", "sub", { kinds: [25431], "#x": ["topic"], limit: 0, since: 0 })
    c.say("REQ", "sub", { kinds: [25431], "#x": ["another"] })
    await Promise.all([b.answer("EOSE", "sub"), c.answer("EOSE", "sub")])
    const event = makeEvent()
    a.say("EVENT", event)
    await a.answer("OK", event.id)
    assert.deepEqual(a.heard.at(-1).slice(0, 3), ["OK", event.id, true])
    await b.answer("EVENT", "sub")
    assert.deepEqual(b.heard.at(-1), ["EVENT", "sub", event])
    assert.equal(c.heard.length, 1)
    b.say("CLOSE", "sub")
    assert.equal(relay.stats.events, 1)
  } finally {
    await relay.close()
  }
})

test("keeps other kinds for a later question", async () => {
  const relay = await startRelay()
  try {
    const a = await connect(relay.url)
    const events = [makeEvent({ kind: 1, created_at: 1000 }), makeEvent({ kind: 1, created_at: 2000 }), makeEvent({ kind: 2 })]
    for (const event of events) a.say("EVENT", event)
    await a.answer("OK", events[2].id)
    a.say("REQ", "later", { kinds: [1], authors: [key.publicKey], "#x": ["topic"], limit: 1 })
    await a.answer("EOSE", "later")
    assert.deepEqual(a.heard.filter(([name]) => name === "EVENT"), [["EVENT", "later", events[1]]])
  } finally {
    await relay.close()
  }
})

test("refuses what is not genuine and answers nonsense with a notice", async () => {
  const relay = await startRelay()
  try {
    const a = await connect(relay.url)
    const event = makeEvent()
    a.say("EVENT", { ...event, content: "other" })
    await a.answer("OK", event.id)
    assert.equal(a.heard.at(-1)[2], false)
    assert.equal(relay.stats.refused, 1)
    const nonsense = ["{", "null", "[]", "[\"EVENT\"]", "[\"EVENT\",{}]", "[\"REQ\"]", "[\"REQ\",\"s\"]", "[\"REQ\",\"s\",{\"kinds\":7}]", "[\"REQ\",\"s\",{\"#x\":[1]}]", "[\"REQ\",\"\",{}]", "[\"CLOSE\",7]", "[\"WHAT\"]", "[\"AUTH\",{}]"]
    for (const text of nonsense) a.socket.send(text)
    a.socket.send(Buffer.from([1, 2, 3]))
    await until(() => a.heard.filter(([name]) => name === "NOTICE").length === nonsense.length + 1, "the notices")
    assert.equal(relay.stats.malformed, nonsense.length + 1)
    a.say("EVENT", event)
    const accepted = () => a.heard.some(([name, id, yes]) => name === "OK" && id === event.id && yes)
    await until(accepted, "the genuine event to be taken, though a forged copy came first")
  } finally {
    await relay.close()
  }
})

test("drops a client that sends a frame beyond the bound, and only that one", async () => {
  const relay = await startRelay()
  try {
    const [a, b] = [await connect(relay.url), await connect(relay.url)]
    a.socket.on("error", () => {})
    a.socket.send("x".repeat(300_000))
    await until(() => a.socket.readyState === WebSocket.CLOSED, "the client to be dropped")
    b.say("REQ", "still here", {})
    await b.answer("EOSE", "still here")
  } finally {
    await relay.close()
  }
})

test("says what it is (NIP-11), and when its port is taken", async () => {
  const relay = await startRelay()
  try {
    const address = relay.url.replace("ws:", "http:")
    const response = await fetch(address, { headers: { accept: "application/nostr+json" } })
    assert.deepEqual((await response.json()).supported_nips, [1, 11])
    assert.match(await (await fetch(address)).text(), /Nostr relay/)
    await assert.rejects(startRelay({ port: relay.port }), { code: "EADDRINUSE" })
  } finally {
    await relay.close()
  }
})

test("as a program it prints its address and ends when asked", async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../../../scripts/relay.mjs")], { stdio: ["ignore", "pipe", "inherit"] })
  try {
    const [line] = await once(child.stdout, "data")
    const client = await connect(String(line).trim())
    client.say("REQ", "sub", {})
    await client.answer("EOSE", "sub")
    child.kill("SIGTERM")
    const [code] = await once(child, "exit")
    assert.equal(code, 0)
  } finally {
    child.kill("SIGKILL")
  }
})
