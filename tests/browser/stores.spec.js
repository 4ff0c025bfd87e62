// What only the OPFS and localStorage stores have: files and their generations, small quotas, and the choice among stores.
import { expect, test } from "@playwright/test"
import { startSite } from "./storage_site.js"

let site
test.beforeAll(async () => { site = await startSite() })
test.afterAll(() => site.close())
test.beforeEach(({ page }) => site.open(page))

/** In the page: the files of a database, and a way to write one of them. */
async function filesOf(page, name) {
  return page.evaluate(async (databaseName) => {
    const { folderName } = await import("/js/storage/opfs-folder.js")
    const root = await navigator.storage.getDirectory()
    const folder = await (await root.getDirectoryHandle("weft")).getDirectoryHandle(await folderName(databaseName))
    const names = []
    for await (const key of folder.keys()) names.push(key)
    return names.sort()
  }, name)
}

/** In the page: writes into a file of a database that nobody holds. */
async function overwrite(page, name, file, at, bytes) {
  await page.evaluate(async (given) => {
    const { folderName } = await import("/js/storage/opfs-folder.js")
    const root = await navigator.storage.getDirectory()
    const folder = await (await root.getDirectoryHandle("weft")).getDirectoryHandle(await folderName(given.name))
    const handle = await folder.getFileHandle(given.file, { create: true })
    const { size } = await handle.getFile()
    const writable = await handle.createWritable({ keepExistingData: true })
    await writable.write({ type: "write", position: given.at < 0 ? size + given.at : given.at, data: new Uint8Array(given.bytes) })
    await writable.close()
  }, { name, file, at, bytes })
}

test("a writer that hears nothing is fenced off: nothing acknowledged is lost, and it writes no more", async ({ page }) => {
  const result = await page.evaluate(async () => {
    const { createOpfsStorage, startWorker, pattern, readAll } = globalThis.weft
    const deaf = () => startWorker(new Worker("/tests/browser/pages/deaf-opfs.js", { type: "module" }))
    const frozen = await createOpfsStorage({ startPort: deaf }).open("fence")
    const losses = []
    frozen.on("lost", ({ why }) => losses.push(why))
    await frozen.append([pattern(10)])
    const next = await createOpfsStorage().open("fence")
    const began = performance.now()
    await next.append([pattern(10, 10)])
    const ms = performance.now() - began
    const late = await frozen.append([pattern(10, 20)]).catch((error) => error.code)
    const { whole } = await readAll(next)
    const expected = pattern(20)
    await next.close()
    await frozen.close()
    const reopened = await createOpfsStorage().open("fence")
    const after = (await readAll(reopened)).whole.length
    await reopened.append([pattern(1)]) // what is left over of the old one is cleared away
    await reopened.close()
    return { ms, late, losses, same: whole.length === 20 && whole.every((byte, i) => byte === expected[i]), after }
  })
  expect(result).toEqual({ ms: expect.any(Number), late: "STORAGE_FAILED", losses: ["closed"], same: true, after: 20 })
  expect(result.ms).toBeLessThan(5000)
  expect(await filesOf(page, "fence")).toEqual(["2.weft"])
})

test("a replace that did not come to its end leaves the old file in force", async ({ page }) => {
  await page.evaluate(async () => {
    const store = await globalThis.weft.createOpfsStorage().open("unfinished")
    await store.append([globalThis.weft.pattern(100)])
    await store.close()
  })
  await overwrite(page, "unfinished", "2.weft", 32, [1, 2, 3, 4, 5])
  const length = await page.evaluate(async () => {
    const { createOpfsStorage, pattern, readAll } = globalThis.weft
    const store = await createOpfsStorage().open("unfinished")
    const before = (await readAll(store)).whole.length
    await store.append([pattern(10, 100)])
    const after = (await readAll(store)).whole.length
    await store.close()
    return [before, after]
  })
  expect(length).toEqual([100, 110])
  expect(await filesOf(page, "unfinished")).toEqual(["1.weft"])
})

test("an append that was not written whole is cut off, and so is one whose bytes changed", async ({ page }) => {
  await page.evaluate(async () => {
    const store = await globalThis.weft.createOpfsStorage().open("torn")
    for (let i = 0; i < 3; i++) await store.append([globalThis.weft.pattern(100, i * 100)])
    await store.close()
  })
  await overwrite(page, "torn", "1.weft", -1, [255])
  const lengths = await page.evaluate(async () => {
    const { createOpfsStorage, pattern, readAll } = globalThis.weft
    const store = await createOpfsStorage().open("torn")
    const before = (await readAll(store)).whole.length
    await store.append([pattern(50, 200)])
    const { whole } = await readAll(store)
    const expected = pattern(250)
    await store.close()
    return [before, whole.length, whole.every((byte, i) => byte === expected[i])]
  })
  expect(lengths).toEqual([200, 250, true])
})

for (const [what, at, bytes, code] of [
  ["of a newer version", 8, [2, 0, 0, 0], "UNSUPPORTED_VERSION"],
  ["with a damaged header", 17, [77], "CORRUPT_STORE"],
]) {
  test(`a file ${what} is refused as ${code} and left as it is, also when nobody names the store`, async ({ page }) => {
    await page.evaluate(async () => {
      const store = await globalThis.weft.createOpfsStorage().open("refused")
      await store.append([globalThis.weft.pattern(100)])
      await store.close()
    })
    await overwrite(page, "refused", "1.weft", at, bytes)
    const codes = await page.evaluate(async () => {
      const { chooseStorage, pattern, readAll } = globalThis.weft
      const outcomes = []
      for (const kind of ["opfs", undefined]) {
        const store = await (await chooseStorage(kind)).open("refused").catch((error) => error)
        if (store instanceof Error) { outcomes.push(store.code); continue }
        outcomes.push(await readAll(store).catch((error) => error.code), await store.append([pattern(1)]).catch((error) => error.code))
        await store.close()
      }
      return outcomes
    })
    expect(new Set(codes)).toEqual(new Set([code]))
    expect(await filesOf(page, "refused")).toEqual(["1.weft"])
  })
}

test("destroying leaves no file", async ({ page }) => {
  expect(await page.evaluate(async () => {
    const store = await globalThis.weft.createOpfsStorage().open("gone")
    await store.append([globalThis.weft.pattern(100)])
    await store.destroy()
    const names = []
    for await (const key of (await (await navigator.storage.getDirectory()).getDirectoryHandle("weft")).keys()) names.push(key)
    return names
  })).toEqual([])
})

test("localStorage is full before the browser says so, and what makes it smaller mends it", async ({ page }) => {
  expect(await page.evaluate(async () => {
    const { createLocalStorageStorage, kLocalLimitBytes, pattern, readAll } = globalThis.weft
    const store = await createLocalStorageStorage().open("small")
    await store.append([pattern(kLocalLimitBytes - 10)])
    const codes = []
    for (const size of [11, 1]) codes.push(await store.append([pattern(size)]).catch((error) => error.code))
    const kept = (await readAll(store)).whole.length - kLocalLimitBytes
    codes.push(await store.replace([pattern(kLocalLimitBytes + 1)]).catch((error) => error.code))
    await store.replace([pattern(100)])
    await store.append([pattern(100, 100)])
    const after = (await readAll(store)).whole.length
    await store.destroy()
    return { codes, kept, after, left: localStorage.length }
  })).toEqual({ codes: ["STORE_FULL", "STORE_FULL", "STORE_FULL"], kept: -10, after: 200, left: 0 })
})

test("localStorage and strict do not go together", async ({ page }) => {
  expect(await page.evaluate(async () => {
    const { chooseStorage } = globalThis.weft
    const asked = await chooseStorage("localstorage", { strict: true }).catch((error) => error.code)
    const fallback = await chooseStorage(undefined, { opfs: false, indexedDB: undefined, strict: true })
    return [asked, fallback.kind]
  })).toEqual(["INVALID_ARGUMENT", "memory"])
})

test("data stays where it is: what was made in any store is found there when nobody names the store", async ({ page }) => {
  expect(await page.evaluate(async () => {
    const { chooseStorage, pattern, readAll } = globalThis.weft
    const found = []
    for (const kind of ["opfs", "localstorage", "indexeddb"]) {
      const made = await (await chooseStorage(kind)).open(`in ${kind}`)
      await made.append([pattern(7)])
      await made.close()
      const choice = await chooseStorage(undefined)
      const store = await choice.open(`in ${kind}`)
      found.push([choice.kind, (await readAll(store)).whole.length])
      await store.close()
    }
    return found
  })).toEqual([["opfs", 7], ["localstorage", 7], ["indexeddb", 7]])
})

test("an empty file in OPFS, which a Worker made that was too late, hides nothing", async ({ page }) => {
  expect(await page.evaluate(async () => {
    const { chooseStorage, pattern, readAll } = globalThis.weft
    const made = await (await chooseStorage("indexeddb")).open("late")
    await made.append([pattern(7)])
    await made.close()
    await (await (await chooseStorage("opfs")).open("late")).close()
    const choice = await chooseStorage(undefined)
    const store = await choice.open("late")
    const found = [choice.kind, (await readAll(store)).whole.length]
    await store.close()
    return found
  })).toEqual(["indexeddb", 7])
})

test("a host without OPFS and IndexedDB keeps small data in localStorage, and says so", async ({ page }) => {
  expect(await page.evaluate(async () => {
    const choice = await globalThis.weft.chooseStorage(undefined, { opfs: false, indexedDB: undefined })
    const store = await choice.open("fallback")
    await store.append([new Uint8Array(3)])
    await store.close()
    return [choice.kind, choice.reason, localStorage.length > 0]
  })).toEqual(["localstorage", expect.stringContaining("no IndexedDB"), true])
})

for (const [kind, encrypted] of [["opfs", false], ["opfs", true], ["indexeddb", false], ["indexeddb", true]]) {
  test(`what ${kind} did not write before its page ended is in the lifeboat, and goes into the store once${encrypted ? ", encrypted" : ""}`, async ({ page }) => {
    await prepareMute(page, kind, encrypted)
    expect(await page.evaluate(async () => {
      const { store, mute, pattern, boats } = await globalThis.openMute()
      await store.append([pattern(10)])
      await store.append([pattern(10, 10)])
      mute.now = true
      void store.append([pattern(10, 20)])
      void store.append([pattern(10, 30)])
      await new Promise((resolve) => setTimeout(resolve, 50)) // sealing is a trip to another thread
      store.leave()
      return boats()
    })).toBe(1)
    await page.reload()
    await page.waitForFunction(() => globalThis.ready)
    await prepareMute(page, kind, encrypted)
    // Read by one who goes at once, then by one who writes behind it, then by one who finds nothing to take in.
    for (const [more, length, boatsAfter] of [[0, 40, 1], [10, 40, 0], [0, 50, 0]]) {
      expect(await page.evaluate(async (size) => {
        const { store, whole, pattern, boats } = await globalThis.openMute()
        if (size > 0) await store.append([pattern(size, whole.length)])
        await store.close()
        const right = pattern(whole.length)
        return [whole.length, whole.every((byte, i) => byte === right[i]), boats()]
      }, more)).toEqual([length, true, boatsAfter])
    }
  })
}

test("a replace that IndexedDB did not write before its page ended, and what was appended behind it: all is there once", async ({ page }) => {
  await prepareMute(page, "indexeddb", false)
  await page.evaluate(async () => {
    const { store, mute, pattern } = await globalThis.openMute()
    await store.append([pattern(10)])
    mute.now = true
    void store.append([pattern(10, 10)])
    void store.append([pattern(100_000, 20)]) // two rows
    void store.replace([pattern(100_020)])
    void store.append([pattern(10, 100_020)])
    store.leave()
  })
  await page.reload()
  await page.waitForFunction(() => globalThis.ready)
  await prepareMute(page, "indexeddb", false)
  for (const flushes of [true, false]) {
    expect(await page.evaluate(async (flush) => {
      const { store, whole, pattern, boats } = await globalThis.openMute()
      const right = pattern(whole.length)
      if (flush) await store.flush()
      await store.close()
      return [whole.length, whole.every((byte, i) => byte === right[i]), boats()]
    }, flushes)).toEqual([100_030, true, 0])
  }
})

test("what others left and IndexedDB does not take stays in its lifeboat, and nothing is written past it", async ({ page }) => {
  await prepareMute(page, "indexeddb", false)
  await page.evaluate(async () => {
    const { store, mute, pattern } = await globalThis.openMute()
    await store.append([pattern(10)])
    await store.replace([pattern(10)]) // behind a replace a run may begin with any row
    mute.now = true
    void store.append([pattern(10, 10)])
    store.leave()
  })
  await page.reload()
  await page.waitForFunction(() => globalThis.ready)
  await prepareMute(page, "indexeddb", false)
  expect(await page.evaluate(async () => {
    const { store, mute, pattern, boats } = await globalThis.openMute()
    mute.fails = true
    const outcomes = await Promise.allSettled([store.append([pattern(10, 20)]), store.append([pattern(10, 30)])])
    await store.close()
    const next = await globalThis.openMute()
    await next.store.append([pattern(10, 20)])
    await next.store.close()
    const last = await globalThis.openMute()
    await last.store.close()
    const right = pattern(30)
    return [outcomes.map(({ status }) => status), next.whole.length, last.whole.length, last.whole.every((byte, i) => byte === right[i]), boats()]
  })).toEqual([["rejected", "rejected"], 20, 30, true, 0])
})

test("of an IndexedDB page that lives on, and of a store that is destroyed, no lifeboat stays", async ({ page }) => {
  await prepareMute(page, "indexeddb", false)
  expect(await page.evaluate(async () => {
    const { store, mute, pattern, boats } = await globalThis.openMute()
    const found = []
    const written = store.append([pattern(10)])
    store.leave()
    found.push(boats())
    await written
    found.push(boats())
    mute.now = true
    void store.append([pattern(10)])
    store.leave()
    mute.now = false
    found.push(boats())
    const other = await globalThis.openMute()
    await other.store.destroy()
    return [...found, boats()]
  })).toEqual([1, 0, 1, 0])
})

/** Puts `openMute` into the page: opens and reads a store which, once `mute.now`, writes nothing any more and does not say so, as if the page had ended. */
async function prepareMute(page, kind, encrypted) {
  await page.evaluate(([which, sealed]) => {
    const { createIndexedDbStorage, createOpfsStorage, createVault, pattern, readAll, sealStorage, startWorker } = globalThis.weft
    const mute = { now: false, fails: false }
    const startPort = () => {
      const port = startWorker()
      return { ...port, ask: (operation, ...rest) => operation === "append" && mute.now ? new Promise(() => {}) : port.ask(operation, ...rest) }
    }
    const { commit } = IDBTransaction.prototype
    IDBTransaction.prototype.commit = function () {
      if (!mute.now && !mute.fails) return commit.call(this)
      if (mute.now) this.oncomplete = this.onabort = null
      mute.fails = false
      this.abort()
    }
    globalThis.openMute = async () => {
      const storage = which === "opfs" ? createOpfsStorage({ startPort }) : createIndexedDbStorage()
      const store = await (sealed ? sealStorage(storage, createVault("secret", { rounds: 1000 })) : storage).open("lifeboat")
      const { whole } = await readAll(store)
      return { store, mute, whole, pattern, boats: () => Object.keys(localStorage).filter((key) => key.startsWith("weft boat")).length }
    }
  }, [kind, encrypted])
}

test("OPFS that was asked for and cannot start its Worker is STORAGE_UNAVAILABLE", async ({ page }) => {
  expect(await page.evaluate(async () => {
    const { createOpfsStorage, startWorker } = globalThis.weft
    const missing = () => startWorker(new Worker("/tests/browser/pages/missing.js", { type: "module" }))
    return createOpfsStorage({ startPort: missing }).open("no worker").then(() => "opened", ({ code, message }) => [code, message])
  })).toEqual(["STORAGE_UNAVAILABLE", expect.stringContaining("Worker")])
})
