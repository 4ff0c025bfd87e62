// The package as users have it, as an ES module and by script tag, under the Content-Security-Policy it promises.
import { join } from "node:path"
import { expect, test } from "@playwright/test"
import { ERROR_CODES } from "../../js/errors.js"
import { root } from "../../scripts/process.mjs"
import { serve } from "../../scripts/serve.mjs"

let site
test.beforeAll(async () => {
  site = await serve({ folders: { "/dist/": join(root, "dist"), "/tests/": join(root, "tests") } })
})
test.afterAll(() => site.close())

for (const kind of ["module", "script"]) {
  test.describe(`by ${kind}`, () => {
    /** @type {string[]} */
    let errors
    test.beforeEach(async ({ page }) => {
      errors = []
      // Firefox tells a failed connection as an error of the page.
      page.on("pageerror", (error) => { if (!String(error).includes("ws://127.0.0.1:9/")) errors.push(String(error)) })
      await open(page)
    })
    test.afterEach(async ({ page }) => {
      expect(await page.evaluate(() => globalThis.violations)).toEqual([])
      expect(errors).toEqual([])
    })
    const open = async (page) => {
      await page.goto(`${site.url}tests/browser/pages/api-${kind}.html`)
      await page.waitForFunction(() => globalThis.ready)
    }

    test("exports what it says", async ({ page }) => {
      const found = await page.evaluate(() => {
        const { weft, gdb, WeftError, isWeftError, ERROR_CODES } = globalThis.api
        return { same: weft === gdb, global: globalThis.gdb === globalThis.weft, types: [weft, WeftError, isWeftError].map((one) => typeof one), codes: [...ERROR_CODES] }
      })
      expect(found).toEqual({ same: true, global: true, types: ["function", "function", "function"], codes: [...ERROR_CODES] })
    })

    test("values of every kind come back, links and queries work", async ({ page }) => {
      const outcome = await page.evaluate(async () => {
        const db = await globalThis.api.weft("values", { storage: "memory", tabs: false })
        const value = { text: "ü😀", n: -1.5, big: 2n ** 63n, date: new Date(7), bytes: new Uint8Array([1, 2]), list: [null, true, { a: "x".repeat(5000) }], nan: NaN }
        await db.put(value, "a")
        await db.put({ n: 5 }, "b")
        await db.link("a", "b", { label: "knows" })
        const { result } = await db.get("a")
        const { results } = await db.map({ query: { n: { $gt: 0 } } })
        const same = Object.keys(value).every((name) => String(JSON.stringify(result.value[name], (_, v) => (typeof v === "bigint" ? `${v}n` : v))) === String(JSON.stringify(value[name], (_, v) => (typeof v === "bigint" ? `${v}n` : v))))
        const kinds = [result.value.date instanceof Date, result.value.bytes instanceof Uint8Array, typeof result.value.big, Number.isNaN(result.value.nan)]
        await db.close()
        return { same, kinds, edges: result.edges, found: results.map(({ id }) => id) }
      })
      expect(outcome).toEqual({ same: true, kinds: [true, true, "bigint", true], edges: ["b"], found: ["b"] })
    })

    if (kind === "module") test("100,000 nodes go out, in and into a new journal a slice a task, and tell how far they are", async ({ page }) => {
      test.slow()
      const found = await page.evaluate(async () => {
        const { weft } = globalThis.api
        const db = await weft("large", { tabs: false })
        const other = await weft("other", { tabs: false, storage: "memory" })
        await db.batch((tx) => { for (let i = 0; i < 100_000; i++) tx.put({ name: `person ${i * 7919 % 100_003}`, age: i % 90 }, `n${i}`) })
        await db.flush()
        /** Tasks of others that came through meanwhile. */
        async function watched(run) {
          const { port1, port2 } = new MessageChannel()
          let turns = 0
          port1.onmessage = () => { turns++; port2.postMessage(null) }
          port2.postMessage(null)
          const told = []
          const result = await run({ onProgress: (progress) => told.push(progress) })
          port1.close()
          const rises = told.every(({ done, total }, i) => total === told[0].total && (i === 0 ? done === 0 : done > told[i - 1].done))
          return { result, turns, told: told.length, rises, ends: told.length === 0 || told.at(-1).done === told.at(-1).total }
        }
        /** A first fingerprint is taken in slices: until then it is `null`. */
        async function proved(of) {
          while (of.status().fingerprint === null) await new Promise((resolve) => setTimeout(resolve))
          return of.status().fingerprint
        }
        const out = await watched((options) => db.export(options))
        const into = await watched((options) => other.import(out.result, options))
        const anew = await watched(() => db.changePassword(null, null))
        const nodes = other.status().nodes
        const same = (await proved(db)) === (await proved(other))
        await other.close()
        await db.close()
        const again = await weft("large", { tabs: false })
        const kept = again.status().nodes
        await again.destroy()
        return { nodes, same, kept, watched: [out, into, anew].map(({ turns, told, rises, ends }) => ({ turns, told, rises, ends })) }
      })
      expect(found).toMatchObject({ nodes: 100_000, same: true, kept: 100_000 })
      for (const { turns, rises, ends } of found.watched) {
        expect(turns).toBeGreaterThan(15)
        expect([rises, ends]).toEqual([true, true])
      }
      for (const { told } of found.watched.slice(0, 2)) expect(told).toBeGreaterThan(10)
    })

    test("errors are WeftErrors with code and path", async ({ page }) => {
      const codes = await page.evaluate(async () => {
        const { weft, WeftError } = globalThis.api
        const db = await weft("errors", { storage: "memory", tabs: false })
        const tried = await Promise.allSettled([db.put({ a: [new Map()] }), db.put(1, ""), db.link("x", "y"), db.map({ query: { a: { $no: 1 } } }), db.batch(async () => {}), weft("n", { sm: {} }), weft("n", { password: "" }), db.import(new Uint8Array(9))])
        await db.close()
        tried.push(...await Promise.allSettled([db.get("x")]))
        return tried.map(({ reason }) => (reason instanceof WeftError ? `${reason.code} ${reason.path ?? ""}` : String(reason)))
      })
      expect(codes).toEqual(["INVALID_VALUE value.a[0]", "INVALID_ID id", "NODE_NOT_FOUND source", "UNKNOWN_OPERATOR query.a.$no", "BATCH_ASYNC ", "NOT_SUPPORTED_YET options.sm", "INVALID_ARGUMENT options.password", "MALFORMED bytes", "CLOSED "])
    })

    test("live queries hear of writes in order", async ({ page }) => {
      const seen = await page.evaluate(async () => {
        const db = await globalThis.api.weft("live", { storage: "memory", tabs: false })
        const events = []
        const { unsubscribe } = await db.map({ query: { n: { $gte: 1 } } }, ({ action, id }) => events.push(`${action} ${id}`))
        await db.batch((tx) => { tx.put({ n: 1 }, "a"); tx.put({ n: 0 }, "b") })
        await db.put({ n: 2 }, "b")
        await db.put({ n: 3 }, "a")
        await db.remove("b")
        unsubscribe()
        await db.put({ n: 9 }, "c")
        await db.close()
        return events
      })
      expect(seen).toEqual(["added a", "added b", "updated a", "removed b"])
    })

    for (const storage of [undefined, "indexeddb", "localstorage"]) test(`what was written ${storage ? `to ${storage} ` : ""}is there after a reload, and gone after destroy`, async ({ page }) => {
      const given = { name: `kept by ${kind}`, options: { storage } }
      await page.evaluate(async ({ name, options }) => {
        const db = await globalThis.api.weft(name, options)
        await db.batch((tx) => { for (let i = 0; i < 1000; i++) tx.put({ i }, `n${i}`) })
        for (let i = 0; i < 1000; i += 2) await db.put({ i: -i }, `n${i}`)
        await db.flush()
      }, given)
      await open(page)
      const found = await page.evaluate(async ({ name, options }) => {
        const db = await globalThis.api.weft(name, options)
        const { storage: { kind, pending, full }, nodes } = db.status()
        const values = [(await db.get("n1")).result.value, (await db.get("n998")).result.value]
        await db.destroy()
        const again = await globalThis.api.weft(name, options)
        const after = again.status().nodes
        await again.close()
        return { kind, pending, full, nodes, values, after }
      }, given)
      expect(found).toEqual({ kind: storage ?? "opfs", pending: 0, full: false, nodes: 1000, values: [{ i: 1 }, { i: -998 }], after: 0 })
    })

    test("in OPFS two tabs are one database, and one takes over from the other; strict writes are on the device", async ({ page, context }) => {
      const first = await context.newPage()
      await open(first)
      const options = { storage: "opfs", durability: "strict" }
      await first.evaluate(async ([name, given]) => {
        globalThis.db = await globalThis.api.weft(name, given)
        for (let i = 0; i < 50; i++) await globalThis.db.put({ i }, `first ${i}`)
      }, [`two tabs by ${kind}`, options])
      const follower = await page.evaluate(async ([name, given]) => {
        globalThis.db = await globalThis.api.weft(name, given)
        await globalThis.db.put({ other: true }, "second")
        const { state, pending } = globalThis.db.status().storage
        return [state, pending]
      }, [`two tabs by ${kind}`, options])
      expect(follower).toEqual(["follower", 0])
      await first.close()
      await expect.poll(() => page.evaluate(() => globalThis.db.status().storage.state)).toBe("owner")
      const found = await page.evaluate(async (name) => {
        await globalThis.db.put({ third: true }, "third")
        await globalThis.db.close()
        const again = await globalThis.api.weft(name) // it is found where it is
        const { storage, nodes } = again.status()
        await again.destroy()
        return [storage.kind, nodes]
      }, `two tabs by ${kind}`)
      expect(found).toEqual(["opfs", 52])
    })

    test("tabs that would have one database in two stores are told so; a tab that names none joins the others", async ({ page, context }) => {
      const name = `two stores by ${kind}`
      const other = await context.newPage()
      await open(other)
      await other.evaluate(async (given) => { globalThis.db = await globalThis.api.weft(given, { storage: "indexeddb" }) }, name)
      const look = () => page.evaluate(async (given) => {
        const outcomes = []
        for (const storage of ["opfs", undefined]) {
          outcomes.push(await globalThis.api.weft(given, { storage }).then(async (db) => {
            const { storage: { kind: chosen, reason } } = db.status()
            await db.put({}, "kept") // an OPFS file that holds nothing gives way to an IndexedDB that is there
            await db.close()
            return [chosen, reason]
          }, ({ code, path }) => [code, path]))
        }
        return outcomes
      }, name)
      expect(await look()).toEqual([["INVALID_ARGUMENT", "options.storage"], ["indexeddb", "other tabs have this database open there"]])
      await other.close()
      await expect.poll(look).toEqual([["opfs", "asked for"], ["opfs", "this database was found there"]])
    })

    test("what was written to localStorage while the better store could not be had is united with it", async ({ page }) => {
      const given = { name: `united by ${kind}` }
      await page.evaluate(async ({ name }) => {
        const db = await globalThis.api.weft(name)
        await db.put({ kept: "in OPFS" }, "first")
        await db.close()
        for (const [holder, property] of [[globalThis, "indexedDB"], [navigator.storage, "getDirectory"]]) Object.defineProperty(holder, property, { value: undefined })
        const poor = await globalThis.api.weft(name)
        if (poor.status().storage.kind !== "localstorage") throw new Error(poor.status().storage.kind)
        await poor.put({ kept: "in localStorage" }, "second")
        await poor.close()
      }, given)
      await open(page)
      expect(await page.evaluate(async ({ name }) => { globalThis.db = await globalThis.api.weft(name); return globalThis.db.status().storage.kind }, given)).toBe("opfs")
      await expect.poll(() => page.evaluate(async () => [(await globalThis.db.map()).results.map(({ id }) => id).sort(), localStorage.length])).toEqual([["first", "second"], 0])
      await page.evaluate(() => globalThis.db.destroy())
    })

    test("a listener that throws is an error of the page and stops nothing", async ({ page }) => {
      const seen = await page.evaluate(async () => {
        const db = await globalThis.api.weft("throws", { storage: "memory", tabs: false })
        const heard = []
        await db.map(() => { throw new Error("the listener's own") })
        await db.map(({ id }) => heard.push(id))
        await db.put(1, "a")
        await db.close()
        return heard
      })
      expect(seen).toEqual(["a"])
      await expect.poll(() => errors.length).toBe(1)
      expect(errors[0]).toContain("the listener's own")
      errors.length = 0
    })

    test("a relay that is dead leaves the database as good as without", async ({ page }) => {
      const outcome = await page.evaluate(async () => {
        const db = await globalThis.api.weft("dead relay", { storage: "memory", rtc: { relayUrls: ["ws://127.0.0.1:9"], iceServers: [] } })
        await db.put(1, "n")
        const { rtc } = db.status()
        const room = { id: db.selfId.length, peers: Object.keys(db.room.getPeers()).length, relays: rtc.relays.length }
        await db.close()
        return room
      })
      expect(outcome).toEqual({ id: 64, peers: 0, relays: 1 })
    })

    test("many databases on one page share one compilation and are closed one by one", async ({ page }) => {
      const counts = await page.evaluate(async () => {
        const opened = await Promise.all(Array.from({ length: 8 }, (_, i) => globalThis.api.weft(`many ${i}`, { storage: "memory", tabs: false })))
        await Promise.all(opened.map((db, i) => db.put(i, "n")))
        const values = await Promise.all(opened.map(async (db) => (await db.get("n")).result.value))
        await Promise.all(opened.map((db) => db.close()))
        return { values, fetched: performance.getEntriesByType("resource").filter(({ name }) => name.endsWith("weft-core.wasm")).length }
      })
      expect(counts).toEqual({ values: [0, 1, 2, 3, 4, 5, 6, 7], fetched: 1 })
    })
  })
}
