// The stores in real browsers: the acceptance suite, transactions that fail, quota, and browsers that are killed.
import { expect, test } from "@playwright/test"
import { createProfile, startSite } from "./storage_site.js"

let site
test.beforeAll(async () => { site = await startSite() })
test.afterAll(() => site.close())
test.beforeEach(({ page }) => site.open(page))

for (const kind of ["opfs", "indexeddb", "localstorage", "memory"]) {
  test(`the ${kind} store passes the acceptance suite`, async ({ page }) => {
    const { passed, failed } = await page.evaluate((which) => globalThis.weft.accept(which), kind)
    expect(failed).toEqual([])
    expect(passed).toBeGreaterThan(15)
  })
}

test("a browser's best store is OPFS, and without it IndexedDB", async ({ page }) => {
  expect(await page.evaluate(async () => {
    const found = []
    for (const host of [{}, { opfs: false }]) {
      const choice = await globalThis.weft.chooseStorage(undefined, host)
      await (await choice.open("best")).destroy()
      found.push([choice.kind, choice.reason])
    }
    return found
  })).toEqual([["opfs", "the best store there is"], ["indexeddb", "this host has no OPFS that is safe"]])
})

test("a transaction that fails leaves a cut, never a hole, until a replace heals it", async ({ page }) => {
  const result = await page.evaluate(async () => {
    const { createIndexedDbStorage, pattern, readAll } = globalThis.weft
    const warnings = []
    const storage = createIndexedDbStorage({ log: (level, text) => warnings.push(`${level}: ${text}`) })
    const store = await storage.open("failing")
    await store.append([pattern(10)])
    const realAdd = IDBObjectStore.prototype.add
    let calls = 0
    // The second of these has its transaction aborted; those behind it are on their way already and succeed.
    IDBObjectStore.prototype.add = function add(value) {
      if (++calls === 2) this.transaction.abort()
      return realAdd.call(this, value)
    }
    const settled = await Promise.allSettled([10, 20, 30, 40].map((start) => store.append([pattern(10, start)])))
    IDBObjectStore.prototype.add = realAdd
    const late = await store.append([pattern(10)]).catch((error) => error.code)
    const flush = await store.flush().catch((error) => error.code)
    const prefix = (await readAll(store)).whole.length
    await store.replace([pattern(50)])
    await store.append([pattern(10, 50)])
    await store.flush()
    const healed = await readAll(store)
    await store.close()
    return { outcomes: settled.map(({ status, reason }) => reason?.code ?? status), late, flush, prefix, healed: healed.whole.length, warnings }
  })
  expect(result.outcomes).toEqual(["fulfilled", "STORAGE_FAILED", "STORAGE_FAILED", "STORAGE_FAILED"])
  expect([result.late, result.flush, result.prefix, result.healed]).toEqual(["STORAGE_FAILED", "STORAGE_FAILED", 20, 60])
  expect(result.warnings).toHaveLength(1)
})

test("a replace that fails leaves the old rows, and what is appended meanwhile goes behind them", async ({ page }) => {
  const result = await page.evaluate(async () => {
    const { createIndexedDbStorage, pattern, readAll } = globalThis.weft
    const store = await createIndexedDbStorage().open("failing replace")
    const realClear = IDBObjectStore.prototype.clear
    const realAdd = IDBObjectStore.prototype.add
    let aborts = 0
    IDBObjectStore.prototype.clear = function clear() { aborts = 1; return realClear.call(this) }
    IDBObjectStore.prototype.add = function add(value) {
      const request = realAdd.call(this, value)
      if (aborts === 1) { aborts = 0; this.transaction.abort() }
      return request
    }
    // Many appends: some are in flight, some wait, when the replace comes.
    const done = []
    for (let i = 0; i < 30; i++) done.push(store.append([pattern(10, i * 10)]))
    const replaced = store.replace([pattern(7)]).catch((error) => error.code)
    done.push(store.append([pattern(10, 300)]))
    await Promise.all(done)
    const outcome = await replaced
    IDBObjectStore.prototype.clear = realClear
    IDBObjectStore.prototype.add = realAdd
    const { whole } = await readAll(store)
    const expected = pattern(310)
    await store.close()
    return { outcome, length: whole.length, same: whole.every((byte, i) => byte === expected[i]) }
  })
  expect(result).toEqual({ outcome: "STORAGE_FAILED", length: 310, same: true })
})

test("a full quota is told as such", async ({ page, browserName }) => {
  test.skip(browserName !== "chromium", "only Chromium's quota can be set from outside")
  const client = await page.context().newCDPSession(page)
  await client.send("Storage.overrideQuotaForOrigin", { origin: new URL(page.url()).origin, quotaSize: 300_000 })
  const error = await page.evaluate(async () => {
    const { createIndexedDbStorage, pattern } = globalThis.weft
    const store = await createIndexedDbStorage().open("quota")
    const failure = await store.append([pattern(4_000_000)]).then(() => null, ({ code, message }) => ({ code, message }))
    await store.close()
    return failure
  })
  expect(error).toEqual({ code: "STORE_FULL", message: expect.stringContaining("quota") })
})

test("newer code takes the store over, and older code says that it cannot read it", async ({ page }) => {
  const result = await page.evaluate(async () => {
    const { createIndexedDbStorage } = globalThis.weft
    const store = await createIndexedDbStorage().open("newer")
    const losses = []
    store.on("lost", ({ why }) => losses.push(why))
    const request = indexedDB.open("weft:newer", 2)
    await new Promise((resolve, reject) => { request.onsuccess = resolve; request.onerror = reject })
    request.result.close()
    const after = await store.append([new Uint8Array(1)]).catch((error) => error.code)
    const again = await createIndexedDbStorage().open("newer").catch(({ code, message }) => ({ code, message }))
    return { losses, after, again }
  })
  expect(result.losses).toEqual(["upgraded"])
  expect(result.after).toBe("STORAGE_FAILED")
  expect(result.again).toEqual({ code: "STORAGE_UNAVAILABLE", message: expect.stringContaining("newer version") })
})

test("a row that is not ours is CORRUPT_STORE", async ({ page }) => {
  expect(await page.evaluate(async () => {
    const { createIndexedDbStorage, readAll } = globalThis.weft
    const store = await createIndexedDbStorage().open("foreign")
    const request = indexedDB.open("weft:foreign", 1)
    await new Promise((resolve) => { request.onsuccess = resolve })
    const transaction = request.result.transaction("rows", "readwrite")
    transaction.objectStore("rows").add({ text: "hello" })
    await new Promise((resolve) => { transaction.oncomplete = resolve })
    request.result.close()
    const code = await readAll(store).catch((error) => error.code)
    await store.close()
    return code
  })).toBe("CORRUPT_STORE")
})

for (const [kind, ways] of [["opfs", ["is closed", "goes elsewhere", "reloads"]], ["indexeddb", ["is closed", "goes elsewhere"]]]) {
  for (const how of ways) {
    test(`what ${kind} is given in the last task of a page that ${how} is there afterwards, once`, async ({ page, context, browserName }) => {
      test.skip(how === "is closed" && browserName === "firefox", "Firefox drops most of what a closing tab asks for as it leaves (docs/storage.md)")
      const next = await site.open(await context.newPage())
      await page.evaluate(async (which) => {
        const store = await (await globalThis.weft.chooseStorage(which)).open("last task")
        for await (const row of store.read()) void row // where the end is
        globalThis.addEventListener("pagehide", () => {
          for (let i = 0; i < 40; i++) void store.append([globalThis.weft.pattern(100, i * 100)])
          void store.flush()
          store.leave?.()
        })
      }, kind)
      if (how === "is closed") await page.close({ runBeforeUnload: true })
      else await (how === "reloads" ? page.reload() : page.goto("about:blank"))
      const look = () => next.evaluate(async (which) => {
        const { chooseStorage, pattern, readAll } = globalThis.weft
        const store = await (await chooseStorage(which)).open("last task")
        const { whole } = await readAll(store)
        const expected = pattern(4001)
        const same = whole.every((byte, i) => byte === expected[i])
        if (whole.length === 4000) await store.append([expected.subarray(4000)])
        await store.close()
        return [whole.length, same]
      }, kind)
      await expect.poll(look).toEqual([4000, true])
      expect(await look()).toEqual([4001, true])
    })
  }
}

for (const [kind, flushed] of [["indexeddb", false], ["indexeddb", true], ["opfs", false], ["opfs", true]]) {
  test(`what ${kind} acknowledged ${flushed ? "by flush" : "by append"} survives SIGKILL of the browser`, async ({ browserName }) => {
    const profile = createProfile(browserName)
    try {
      let context = await profile.open()
      let page = await site.open(await context.newPage())
      await page.exposeFunction("acknowledged", () => profile.kill())
      const ended = new Promise((resolve) => context.once("close", resolve))
      // Small rows and ones that become files; the kill comes with the acknowledgement, not after a rest.
      page.evaluate(async ([which, flush]) => {
        const { chooseStorage, pattern } = globalThis.weft
        const store = await (await chooseStorage(which)).open("killed")
        for (let i = 0; i < 20; i++) await store.append([pattern(1000, i * 1000)])
        await Promise.all([store.append([pattern(700_000, 20_000)]), store.append([pattern(1000, 720_000)])])
        if (flush) await store.flush()
        globalThis.acknowledged()
      }, [kind, flushed]).catch(() => {}) // the browser dies under it
      await ended
      context = await profile.open()
      page = await site.open(await context.newPage())
      const result = await page.evaluate(async (which) => {
        const { chooseStorage, pattern, readAll } = globalThis.weft
        const store = await (await chooseStorage(which)).open("killed")
        const { whole } = await readAll(store)
        const expected = pattern(721_000)
        await store.close()
        return { length: whole.length, same: whole.every((byte, i) => byte === expected[i]) }
      }, kind)
      expect(result).toEqual({ length: 721_000, same: true })
      await context.close()
    } finally {
      profile.remove()
    }
  })
}

test("throughput: 64 KB appends, not awaited", async ({ page }) => {
  const result = await page.evaluate(async () => {
    const { createIndexedDbStorage } = globalThis.weft
    const store = await createIndexedDbStorage().open("throughput")
    const batch = crypto.getRandomValues(new Uint8Array(64_000))
    const megabytes = 64
    const began = performance.now()
    const done = []
    for (let i = 0; i < megabytes * 1e6 / batch.length; i++) {
      done.push(store.append([batch]))
      if (i % 16 === 15) await new Promise((resolve) => setTimeout(resolve))
    }
    const handed = performance.now() - began
    await Promise.all(done)
    const ms = performance.now() - began
    const reading = performance.now()
    let read = 0
    for await (const row of store.read()) read += row.length
    const readMs = performance.now() - reading
    await store.destroy()
    return { handed, ms, perSecond: megabytes / ms * 1000, readPerSecond: read / 1000 / readMs, read, expected: done.length * batch.length }
  })
  console.log(`append ${Math.round(result.perSecond)} MB/s (handed over in ${Math.round(result.handed)} of ${Math.round(result.ms)} ms), read ${Math.round(result.readPerSecond)} MB/s`)
  expect(result.read).toBe(result.expected)
})
