import assert from "node:assert/strict"
import { test } from "node:test"

import { equal, join, nextTask, openBoth, openDb, rejects, until } from "./open.js"

/** Drops what touches the node "bad". */
const dropBad = (seen) => async (operations, previous, { mode }) => {
  seen.push(...operations.map(({ type, id }) => ({ mode, type, id })))
  await nextTask()
  return operations.filter(({ id }) => id !== "bad")
}
const has = async ({ db }, id) => (await db.get(id)).result !== null

test("judged on every path: live", async (t) => {
  const a = await openBoth(t)
  const seen = []
  const b = await openBoth(t, { middleware: [dropBad(seen)] })
  join(a, b)
  await until(() => a.db.sync.status().peers[0]?.state === "proved", "proof")
  await a.db.batch((tx) => { tx.put(1, "bad"); tx.put(1, "good") })
  await until(() => has(b, "good"), "the good one")
  assert.equal(await has(b, "bad"), false)
  assert.deepEqual(seen, [{ mode: "live", type: "upsert", id: "bad" }, { mode: "live", type: "upsert", id: "good" }])
})

test("judged on every path: full state", async (t) => {
  const a = await openBoth(t)
  const seen = []
  const b = await openBoth(t, { middleware: dropBad(seen) })
  for (let i = 0; i < 10; i++) await a.db.put(i, `n${i}`)
  await a.db.put(1, "bad")
  join(a, b)
  await until(() => has(b, "n9"), "the good ones")
  assert.equal(await has(b, "bad"), false)
  assert.equal(seen[0].mode, "syncReceive")
  assert.equal(seen.length, 11)
})

test("judged on every path: delta", async (t) => {
  const a = await openBoth(t)
  const seen = []
  const b = await openBoth(t)
  await a.db.put(1, "first")
  const link = join(a, b)
  await until(() => equal(a, b), "sync")
  link.part()
  b.db.use(dropBad(seen))
  await a.db.put(1, "bad")
  await a.db.put(1, "good")
  join(a, b)
  await until(() => has(b, "good"), "the good one")
  assert.equal(await has(b, "bad"), false)
  assert.equal(seen[0].mode, "deltaSync")
})

// One side initiates and the other answers: ids decide, so which of the messages carries what is not known here.
for (const reconcile of [true, false]) {
  test(`judged on every path: reconciliation${reconcile ? "" : ", by a full state in its place"}`, async (t) => {
    const [a, b] = [await openBoth(t, { oplogSize: 4, proveAfter: 20 }), await openBoth(t, { oplogSize: 4, proveAfter: 20, reconcile })]
    await a.db.batch((tx) => { for (let i = 0; i < 60; i++) tx.put(i, `n${i}`) })
    const first = join(a, b)
    await until(() => equal(a, b), "the first sync")
    first.part()

    // Apart, both write, and a later so much that its window does not reach back to what b has seen.
    const names = (of) => [0, 1, 2, 3, 4, 5].map((i) => `${of}${i}`)
    await b.db.batch((tx) => { for (const id of names("b")) tx.put(1, id) })
    const written = Date.now()
    await until(() => Date.now() > written, "the clock to move")
    await a.db.batch((tx) => { for (const id of ["bad", ...names("a")]) tx.put(1, id) })
    const seen = { a: new Set(), b: new Set() }
    const modes = new Set()
    const judge = (name, drop) => (operations, previous, { mode }) => {
      modes.add(mode)
      for (const { id } of operations) seen[name].add(id)
      return operations.filter(({ id }) => id !== drop)
    }
    a.db.use(judge("a"))
    b.db.use(judge("b", "bad"))
    const second = join(a, b)
    const peer = ({ db }) => db.sync.status().peers[0]
    await until(() => peer(a)?.state === "settled" && peer(b)?.state === "settled", "both to settle")

    assert.deepEqual([...modes].filter((mode) => reconcile || mode !== "syncReceive"), ["reconcile"])
    assert.deepEqual([[...seen.a].sort(), [...seen.b].sort()], [names("b"), [...names("a"), "bad"]])
    assert.equal(await has(b, "bad"), false)
    assert.deepEqual([await has(b, "a5"), await has(a, "b5"), equal(a, b)], [true, true, false])
    assert.ok(b.db.sync.status().refused.operations > 0)
    assert.deepEqual([peer(a).mode, peer(b).mode, peer(a).lastProved, peer(b).lastProved], ["reconcile", "reconcile", null, null])
    assert.equal(peer(a).fullInPlaceOfReconcile + peer(b).fullInPlaceOfReconcile > 0, !reconcile)

    // What a side refused stands in its next handshake; both may settle without another one.
    second.part()
    join(a, b)
    await until(() => peer(a)?.held > 0, "b to tell that it refused something")
  })
}

test("judged on every path: import", async (t) => {
  const a = await openBoth(t)
  const seen = []
  const b = await openBoth(t, { middleware: dropBad(seen) })
  await a.db.put(1, "bad")
  await a.db.put(1, "good")
  await b.db.import(await a.db.export())
  assert.equal(await has(b, "good"), true, "import resolves when it was judged")
  assert.equal(await has(b, "bad"), false)
  assert.deepEqual(seen.map(({ mode }) => mode), ["import", "import"])
})

test("judged on every path: tab", async (t) => {
  const a = await openBoth(t)
  const seen = []
  const b = await openBoth(t, { middleware: dropBad(seen) })
  join(a, b, "tab")
  await until(() => a.db.sync.status().peers[0]?.state === "proved", "proof")
  await a.db.put(1, "bad")
  await a.db.put(1, "good")
  await until(() => has(b, "good"), "the good one")
  assert.equal(await has(b, "bad"), false)
  assert.equal(seen[0].mode, "tab")
})

test("own writes are not judged", async (t) => {
  const db = await openDb(t, { middleware: () => assert.fail("asked") })
  await db.put(1, "n")
  await db.batch((tx) => tx.put(1, "m"))
  await db.restore(await db.export())
  assert.equal((await db.map()).results.length, 2)
})

test("what a middleware sees of each operation, and of the nodes as they are", async (t) => {
  const a = await openBoth(t)
  const b = await openBoth(t)
  await a.db.put({ x: 1, y: 1 }, "map")
  await a.db.put(1, "plain")
  await b.db.import(await a.db.export())
  const batches = []
  b.db.use((operations, previous) => { batches.push({ operations, previous }); return operations })
  await a.db.put({ x: 2, z: 3 }, "map")
  await a.db.put(2, "plain")
  await a.db.put({ n: 1 }, "new")
  await a.db.link("map", "plain", { label: "l", value: 5 })
  await a.db.link("plain", "map")
  await a.db.unlink("plain", "map")
  await b.db.import(await a.db.export())
  const [{ operations, previous }] = batches
  const plain = operations.map(({ timestamp, replica, ...rest }) => {
    assert.equal(typeof timestamp.physical + typeof timestamp.logical, "numbernumber")
    assert.equal(replica, a.db.status().replica)
    return rest
  })
  assert.deepEqual(plain, [
    { type: "upsert", id: "map", value: { x: 2, z: 3 }, fields: { x: 2, z: 3 }, deleted: ["y"] },
    { type: "upsert", id: "plain", value: 2 },
    { type: "upsert", id: "new", value: { n: 1 }, fields: { n: 1 }, deleted: [] },
    { type: "link", source: "map", target: "plain", label: "l", value: 5 },
    { type: "unlink", source: "plain", target: "map", label: "" },
  ])
  assert.deepEqual([...previous.keys()].sort(), ["map", "plain"])
  assert.deepEqual(previous.get("map").value, { x: 1, y: 1 })
  await a.db.clear()
  await b.db.import(await a.db.export())
  assert.deepEqual(batches[1].operations.map(({ type }) => type), ["clear"])
})

test("returning nothing or an empty array discards the batch", async (t) => {
  const a = await openBoth(t)
  await a.db.put(1, "n")
  const bytes = await a.db.export()
  for (const answer of [undefined, null, []]) {
    const b = await openBoth(t, { middleware: async () => answer })
    await b.db.import(bytes)
    assert.equal(await has(b, "n"), false)
    assert.equal(b.db.status().refused.operations, 1)
  }
})

test("throwing, altering and adding drop the whole batch and are told", async (t) => {
  const a = await openBoth(t)
  await a.db.put(1, "n")
  await a.db.put(1, "m")
  const bytes = await a.db.export()
  const failing = [
    () => { throw new Error("mine") },
    async () => { throw new Error("mine") },
    (operations) => operations.map((operation) => ({ ...operation, value: 2 })),
    (operations) => [...operations, { type: "upsert", id: "x", value: 1 }],
    () => "yes",
    () => true,
    (operations) => operations[0],
  ]
  for (const middleware of failing) {
    const b = await openBoth(t, { middleware })
    await b.db.import(bytes)
    assert.equal((await b.db.map()).results.length, 0, String(middleware))
    assert.ok(b.db.status().notices.some(({ code }) => code === "MIDDLEWARE_FAILED"), String(middleware))
  }
})

test("what a middleware does to the objects it is shown changes nothing", async (t) => {
  const a = await openBoth(t)
  await a.db.put({ n: 1 }, "n")
  const b = await openBoth(t, { middleware: (operations) => { operations[0].value.n = 2; operations[0].id = "x"; return operations } })
  await b.db.import(await a.db.export())
  assert.deepEqual((await b.db.get("n")).result.value, { n: 1 })
})

test("several middlewares see what those before them kept; use returns its own off", async (t) => {
  const a = await openBoth(t)
  for (const id of ["a", "b", "c"]) await a.db.put(1, id)
  const shown = []
  const b = await openBoth(t)
  const offs = [
    b.db.use((operations) => { shown.push(operations.length); return operations.filter(({ id }) => id !== "a") }),
    b.db.use((operations) => { shown.push(operations.length); return operations.filter(({ id }) => id !== "b") }),
  ]
  await b.db.import(await a.db.export())
  assert.deepEqual(shown, [3, 2])
  assert.deepEqual((await b.db.map()).results.map(({ id }) => id), ["c"])
  for (const off of [...offs, ...offs]) off()
  await b.db.import(await a.db.export())
  assert.deepEqual(shown, [3, 2])
  assert.equal((await b.db.map()).results.length, 3)
})

test("while a verdict is awaited, own writes and other links go on, and the order of the link is kept", async (t) => {
  const a = await openBoth(t)
  const b = await openBoth(t)
  const c = await openBoth(t)
  let release
  const gate = new Promise((resolve) => { release = resolve })
  b.db.use(async (operations) => {
    if (operations.some(({ id }) => id === "slow")) await gate
    return operations
  })
  join(a, b)
  join(c, b)
  await until(() => b.db.sync.status().peers.every(({ state }) => state === "proved"), "proof")
  await a.db.put(1, "slow")
  await nextTask()
  await a.db.put(2, "slow")
  await b.db.put(1, "own")
  await c.db.put(1, "other")
  await until(() => has(b, "other"), "the other link")
  assert.equal(await has(b, "slow"), false)
  release()
  await until(async () => (await b.db.get("slow")).result?.value === 2, "the verdict")
})

test("closing while a verdict is awaited ends quietly; the import that waited rejects", async (t) => {
  const a = await openBoth(t)
  await a.db.put(1, "n")
  let release
  const b = await openBoth(t, { middleware: (operations) => new Promise((resolve) => { release = () => resolve(operations) }) })
  const importing = b.db.import(await a.db.export())
  const outcome = rejects(importing, "CLOSED")
  await until(() => release, "the middleware was asked")
  await b.db.close()
  release()
  await outcome
  await nextTask()
})

test("bad middlewares", async (t) => {
  const db = await openDb(t)
  for (const bad of [undefined, null, 5, {}, []]) assert.throws(() => db.use(bad), { code: "INVALID_ARGUMENT", path: "middleware" })
})
