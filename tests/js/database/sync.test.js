import assert from "node:assert/strict"
import { test } from "node:test"

import { equal, join, nextTask, openBoth, picture, until } from "./open.js"

test("two replicas become equal, live and after being apart", async (t) => {
  const a = await openBoth(t)
  const b = await openBoth(t)
  await a.db.put({ name: "Ada", age: 36 }, "ada")
  await b.db.put({ name: "Bob" }, "bob")
  const link = join(a, b)
  await until(() => equal(a, b), "first sync")
  assert.deepEqual(await picture(a.db), await picture(b.db))

  const seen = []
  await b.db.map(({ action, id, value }) => { if (action !== "initial") seen.push([action, id, value]) })
  await a.db.put({ name: "Cid" }, "cid")
  await a.db.link("cid", "ada")
  await until(async () => (await b.db.get("cid")).result?.edges.length === 1, "live operations")
  assert.deepEqual(seen[0], ["added", "cid", { name: "Cid" }])
  assert.deepEqual((await b.db.get("cid")).result.edges, ["ada"])

  link.part()
  await a.db.put({ name: "Ada", age: 37 }, "ada")
  await b.db.put({ name: "Ada L.", age: 36 }, "ada")
  await b.db.remove("bob")
  await b.db.link("cid", "cid", { label: "self" })
  join(a, b)
  await until(() => equal(a, b), "second sync")
  const both = await picture(a.db)
  assert.deepEqual(both, await picture(b.db))
  assert.deepEqual(both.results.find(({ id }) => id === "ada").value, { age: 37, name: "Ada L." }, "both fields survive")
  assert.equal(both.results.some(({ id }) => id === "bob"), false)
})

test("the modes: nothing, delta, full state", async (t) => {
  const a = await openBoth(t, { oplogSize: 20 })
  const b = await openBoth(t, { oplogSize: 20 })
  const mode = () => a.db.sync.status().peers[0].mode
  for (let i = 0; i < 100; i++) await a.db.put({ i }, `n${i}`)
  let link = join(a, b)
  await until(() => equal(a, b), "full state")
  assert.equal(mode(), "syncReceive")
  link.part()

  for (let i = 0; i < 10; i++) await a.db.put({ i: -i }, `n${i}`)
  link = join(a, b)
  await until(() => equal(a, b), "delta")
  assert.equal(mode(), "deltaSync")
  link.part()

  link = join(a, b)
  await until(() => a.db.sync.status().peers[0]?.state === "proved", "proof")
  assert.equal(mode(), "inSync")
  link.part()

  for (let i = 0; i < 60; i++) await a.db.put({ i: i + 1000 }, `n${i}`)
  await b.db.put("mine", "b's own")
  join(a, b)
  await until(() => equal(a, b), "the fallback")
  assert.equal((await a.db.get("b's own")).result.value, "mine")
})

test("sync.status names the peers, sync.on tells of changes", async (t) => {
  const a = await openBoth(t)
  const b = await openBoth(t)
  const changes = []
  const off = a.db.sync.on("change", (status) => { changes.push(status) })
  join(a, b)
  await until(() => a.db.sync.status().peers[0]?.state === "proved", "proof")
  const [peer] = a.db.sync.status().peers
  assert.equal(peer.id, "b")
  assert.equal(peer.kind, "peer")
  assert.equal(peer.replica, b.db.status().replica)
  assert.equal(peer.link, undefined)
  await until(() => changes.some(({ peers }) => peers[0]?.state === "proved"), "a change is told")
  off()
  const count = changes.length
  await a.db.put(1, "n")
  await until(() => equal(a, b), "live")
  assert.equal(changes.length, count)
})

test("a batch is one message", async (t) => {
  const a = await openBoth(t)
  const b = await openBoth(t)
  const link = join(a, b)
  await until(() => a.db.sync.status().peers[0]?.state === "proved" && b.db.sync.status().peers[0]?.state === "proved", "proof")
  const rounds = []
  await b.db.map((event) => { rounds.push(event.id) })
  const before = link.sent.ab
  await a.db.batch((tx) => { for (let i = 0; i < 50; i++) tx.put(i, `n${i}`) })
  await until(() => rounds.length === 50, "the batch")
  assert.equal(link.sent.ab, before + 1)
})

test("awaited writes of one task go out in few messages, the first at once", async (t) => {
  const a = await openBoth(t)
  const b = await openBoth(t)
  const link = join(a, b)
  await until(() => a.db.sync.status().peers[0]?.state === "proved" && b.db.sync.status().peers[0]?.state === "proved", "proof")
  await nextTask()
  const before = link.sent.ab
  await a.db.put(0, "first")
  await null
  assert.equal(link.sent.ab, before + 1, "the first is not held back")
  for (let i = 0; i < 1000; i++) await a.db.put(i, `n${i}`)
  const inTask = link.sent.ab - before
  assert.ok(inTask >= 4 && inTask <= 10, `${inTask} messages`)
  await until(() => equal(a, b), "the rest")
})

test("a link that sends garbage is dropped, the graph stays, others go on", async (t) => {
  const a = await openBoth(t)
  const b = await openBoth(t)
  await a.db.put(1, "n")
  join(a, b)
  await until(() => equal(a, b), "sync")
  const before = await picture(a.db)
  for (const bytes of [new Uint8Array(0), new Uint8Array([1]), new Uint8Array([9, 1, 0, 0x90]), new Uint8Array([1, 99, 0, 0x90]), new Uint8Array(1000).fill(0xff), new Uint8Array([1, 2, 0, 0xdd, 255, 255, 255, 255])]) {
    const dropped = []
    const link = a.host.links.open({ id: "evil", kind: "peer", send() {}, close: (code) => { dropped.push(code) } })
    link.receive(bytes)
    await nextTask()
    assert.equal(dropped.length, 1, `for ${bytes.subarray(0, 4)}`)
    link.receive(bytes)
    link.close()
  }
  assert.deepEqual(await picture(a.db), before)
  assert.ok(a.db.status().notices.length >= 6)
  const { refused } = a.db.sync.status()
  assert.deepEqual(refused, { operations: 0, MALFORMED: 3, UNSUPPORTED_VERSION: 2, UNKNOWN_MESSAGE: 1 })
  await b.db.put(2, "m")
  await until(() => equal(a, b), "the honest link")
})

test("a link to a tab syncs like one to a peer", async (t) => {
  const a = await openBoth(t)
  const b = await openBoth(t)
  join(a, b, "tab")
  await a.db.put(1, "n")
  await until(() => equal(a, b), "tab sync")
  assert.equal(a.db.sync.status().peers[0].kind, "tab")
})

test("databases of one name with tabs on find each other, and a post to all reaches all", async (t) => {
  const [a, b, c] = [await openBoth(t, { tabs: true }), await openBoth(t, { tabs: true }), await openBoth(t, { tabs: true })]
  await until(() => [a, b, c].every(({ db }) => db.sync.status().peers.filter(({ state }) => state === "proved").length === 2), "all pairs proved")
  const heard = []
  for (const { db } of [b, c]) await db.get("n", (node) => { if (node) heard.push(node.value) })
  const began = performance.now()
  await a.db.put(5, "n")
  await until(() => heard.length === 2, "both hear")
  assert.ok(performance.now() - began < 500, "live, not by proof after rest")
  assert.equal(a.db.status().tabs.tabs, 2)
  await a.db.close()
  await until(() => b.db.sync.status().peers.length === 1, "a goodbye is heard")
  assert.ok(equal(b, c))
})

test("three replicas in a row become equal by proof after rest", async (t) => {
  const [a, b, c] = [await openBoth(t, { proveAfter: 20 }), await openBoth(t, { proveAfter: 20 }), await openBoth(t, { proveAfter: 20 })]
  join(a, b)
  join(b, c)
  await a.db.put(1, "a")
  await c.db.put(1, "c")
  await until(() => equal(a, b, c), "all three")
})

test("random writes on two sides, joined and parted, always end equal", async (t) => {
  const a = await openBoth(t, { oplogSize: 30, proveAfter: 5 })
  const b = await openBoth(t, { oplogSize: 30, proveAfter: 5, merge: "node" })
  let seed = 7
  const random = (n) => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return Math.floor((seed / 2 ** 32) * n) }
  for (let round = 0; round < 12; round++) {
    const link = join(a, b)
    for (let step = 0; step < 60; step++) {
      const { db } = random(2) ? a : b
      const [id, other] = [`n${random(12)}`, `n${random(12)}`]
      const act = random(10)
      if (act < 5) await db.put(random(5) ? { [`f${random(3)}`]: random(9), g: random(9) } : random(9), id)
      else if (act < 6) await db.remove(id)
      else if (act < 8) await db.link(id, other, { label: random(2) ? "x" : "" }).catch((error) => assert.equal(error.code, "NODE_NOT_FOUND"))
      else if (act < 9) await db.unlink(id, other)
      else if (random(20) === 0) await db.clear()
      if (random(8) === 0) await nextTask()
    }
    if (random(2)) await until(() => equal(a, b), `round ${round}`)
    link.part()
  }
  join(a, b)
  await until(() => equal(a, b), "the end")
  assert.deepEqual(await picture(a.db), await picture(b.db))
})
