import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"

import { COMMANDS, DIRECTIONS, KINDS, ACTIONS } from "../../../js/core/commands.js"
import { decode } from "../../../js/codec/decode.js"
import { createReplica, tellRound } from "../../../js/core/index.js"
import { readEffects } from "../../../js/core/effects.js"
import { locate } from "../database/open.js"

const OPTIONS = { nodeWriter: false, replaceFullState: false, reconcile: true, oplogSize: 1000, compressAbove: 512, maxDriftMs: 1000, proveAfterMs: 1000 }

async function make(t, touched = () => {}) {
  const replica = await createReplica({ locate, options: OPTIONS, touched })
  t.after(() => replica.close())
  return replica
}

const source = (path) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8")
const camel = (name) => name[0].toLowerCase() + name.slice(1)

test("commands have the core's numbers", () => {
  const listed = [...source("wasm/commands.h").matchAll(/X\(k(\w+), (\d+)\)/g)].map(([, name, number]) => [camel(name), Number(number)])
  assert.deepEqual(Object.entries(COMMANDS), listed)
})

test("actions, directions, kinds and effects have the core's numbers", () => {
  const numbers = (path, name) => {
    const [, body] = source(path).match(new RegExp(`enum class ${name} : uint8_t \\{([^}]*)\\}`))
    let next = 0
    return [...body.replace(/\/\/.*$/gm, "").matchAll(/k(\w+)(?: = (\d+))?/g)].map(([, key, value]) => {
      next = value === undefined ? next : Number(value)
      return [camel(key), next++]
    })
  }
  assert.deepEqual(numbers("src/core/replica.h", "Action").map(([key]) => key), [...ACTIONS])
  assert.deepEqual(numbers("src/graph/graph.h", "Direction"), Object.entries(DIRECTIONS))
  const kinds = Object.fromEntries(numbers("src/log/operation.h", "Kind"))
  assert.deepEqual(KINDS, { put: kinds.create, remove: kinds.remove, clear: kinds.clear, link: kinds.link, unlink: kinds.unlink })
  const effects = [...source("js/core/effects.js").match(/const KIND = \{([^}]*)\}/)[1].matchAll(/(\w+): (\d+)/g)].map(([, key, number]) => [key, Number(number)])
  assert.deepEqual(effects, numbers("src/core/replica.h", "EffectKind"))
})

test("effect frames: every kind, and one that is not known", () => {
  const frame = (kind, target, time, payload) => {
    const head = new DataView(new ArrayBuffer(20))
    head.setUint8(0, kind)
    head.setUint32(4, target, true)
    head.setFloat64(8, time, true)
    head.setUint32(16, payload.length, true)
    return [...new Uint8Array(head.buffer), ...payload]
  }
  const frames = Uint8Array.from([
    ...frame(1, 0, 0, [1, 2]), ...frame(2, 7, 0, [3]), ...frame(3, 0, 0, [0, 0, 0, 0]),
    ...frame(5, 0, 1e13, []), ...frame(7, 2, 0, []), ...frame(8, 3, 0, [0x92, 0xa1, 0x43, 0xa1, 0x6d]), ...frame(9, 4, 1, []), ...frame(10, 0, 0, []),
  ])
  assert.deepEqual(readEffects(frames), [
    { kind: "persist", bytes: Uint8Array.of(1, 2), wholeState: false }, { kind: "send", link: 7, bytes: Uint8Array.of(3) },
    { kind: "events", round: Uint8Array.of(0, 0, 0, 0) },
    { kind: "wake", time: 1e13 }, { kind: "syncChange", link: 2 }, { kind: "dropLink", link: 3, code: "C", message: "m" },
    { kind: "pauseLink", link: 4, paused: true }, { kind: "reset" },
  ])
  assert.throws(() => readEffects(Uint8Array.from(frame(99, 0, 0, []))), { code: "INTERNAL" })
})

test("a round of events: a node that several hear of crosses once, and each gets one of their own", () => {
  const round = Uint8Array.from([
    3, 0, 0, 0, ...[5, 0, 0, 0, 0 << 2 | 1, 0, 0, 0], ...[6, 0, 0, 0, 1 << 2 | 3, 0, 0, 0], ...[7, 0, 0, 0, 0 << 2 | 2, 0, 0, 0],
    ...[0x95, 0xa1, 0x61, 0x81, 0xa1, 0x76, 0x91, 1, 0x91, 0xa1, 0x62, 9, 0], ...[0x95, 0xa1, 0x62, 0xc0, 0x90, 8, 2],
  ])
  const told = []
  tellRound(round, (subscription, action, node) => {
    decode(Uint8Array.of(1))   // whoever is told may read something else
    told.push({ subscription, action, node: structuredClone(node) })
    node.value?.v.push(2)
    node.edges.push("x")
    node.timestamp.physical = 0
  })
  const a = { id: "a", value: { v: [1] }, edges: ["b"], timestamp: { physical: 9, logical: 0 } }
  assert.deepEqual(told, [
    { subscription: 5, action: "added", node: a },
    { subscription: 6, action: "removed", node: { id: "b", value: null, edges: [], timestamp: { physical: 8, logical: 2 } } },
    { subscription: 7, action: "updated", node: a },
  ])
  const lost = Uint8Array.from([1, 0, 0, 0, 5, 0, 0, 0, 1 << 2, 0, 0, 0, 0x95, 0xa1, 0x61, 0xc0, 0x90, 9, 0])
  assert.throws(() => tellRound(lost, () => {}), { code: "INTERNAL" })
})

test("memory growth between and inside calls harms nothing", async (t) => {
  const replica = await make(t)
  for (let i = 0; i < 60; i++) {
    const text = String(i).padEnd(1 << 20, "x")
    replica.put(`n${i}`, `n${i}`.length, { text })
    assert.equal(replica.get(`n${i}`, `n${i}`.length).value.text, text)
  }
  assert.equal(replica.get("n0", 2).value.text.length, 1 << 20)
})

test("every call that may leave effects says so", async (t) => {
  let touches = 0
  const replica = await make(t, () => { touches++ })
  const state = (() => { replica.put("n", 1, 1); return replica.exportState() })()
  const calls = {
    put: () => replica.put("n", 1, 1), remove: () => replica.remove("n", 1), clear: () => replica.clear(),
    link: () => { replica.put("a", 1, 1); replica.link("a", "", "a", undefined) }, unlink: () => replica.unlink("a", "", "a"),
    batch: () => replica.batch(Uint8Array.of(0x91, 0x91, 5)), subscribe: () => replica.subscribe(new TextEncoder().encode("{}")),
    subscribeNode: () => replica.subscribeNode("a", 1), importState: () => replica.importState(state), restore: () => replica.restore(state),
    setJudge: () => replica.setJudge(true), setStoreOwner: () => replica.setStoreOwner(true),
    linkOpen: () => replica.linkOpen(1, { tab: false, bridge: false }), receive: () => replica.receive(1, Uint8Array.of(1)), linkClose: () => replica.linkClose(1), tick: () => replica.tick(),
  }
  for (const [name, call] of Object.entries(calls)) {
    const before = touches
    call()
    assert.ok(touches > before, name)
  }
})

test("nothing is sent or kept before a drain with outgoing", async (t) => {
  const replica = await make(t)
  replica.put("n", 1, 1)
  assert.deepEqual(replica.drain(false).filter(({ kind }) => kind === "persist"), [])
  assert.ok(replica.pendingBytes() > 0)
  assert.equal(replica.drain(true).filter(({ kind }) => kind === "persist").length, 1)
  assert.equal(replica.pendingBytes(), 0)
})

test("errors carry the core's code, message and path", async (t) => {
  const replica = await make(t)
  const failing = (call) => { try { call() } catch (error) { return [error.code, error.path] } }
  assert.deepEqual(failing(() => replica.map(new TextEncoder().encode('{"query":{"a":{"$x":1}}}'))), ["UNKNOWN_OPERATOR", "query.a.$x"])
  assert.deepEqual(failing(() => replica.batch(Uint8Array.of(0x91, 0x92, 4, 0xa0))), ["INVALID_ID", "batch[0].id"])
  for (const bytes of [[], [0xc0], [0x91], [0x91, 0xc0], [0x91, 0x91, 99], [0x91, 0x93, 1, 0xa1, 0x61], [0x91, 0x91, 5, 0], [0xdd, 255, 255, 255, 255]]) {
    assert.ok(failing(() => replica.batch(Uint8Array.from(bytes))), `batch of ${bytes}`)
  }
  assert.deepEqual(failing(() => replica.verdict(77, Uint8Array.of(1)))[0], "INVALID_ARGUMENT")
})

test("a module that is not there, or not one, gives WASM_FAILED, and can be asked for again", async (t) => {
  const create = (place) => createReplica({ locate: place, options: OPTIONS, touched() {} })
  await assert.rejects(create(() => { throw new Error("gone") }), { code: "WASM_FAILED" })
  await assert.rejects(create(async () => new Uint8Array([1, 2, 3])), { code: "WASM_FAILED" })
  await assert.rejects(create(() => "http://127.0.0.1:1/weft-core.wasm"), { code: "WASM_FAILED" })
  const replica = await make(t)
  assert.equal(replica.get("n", 1), null)
})

test("a closed replica gives CLOSED for everything", async (t) => {
  const replica = await make(t)
  replica.close()
  replica.close()
  assert.throws(() => replica.put("n", 1, 1), { code: "CLOSED" })
  assert.throws(() => replica.tick(), { code: "CLOSED" })
  assert.throws(() => replica.status(), { code: "CLOSED" })
  assert.deepEqual([...replica.drain(true)], [])
  assert.equal(replica.pendingBytes(), 0)
})
