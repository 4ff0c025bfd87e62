/**
 * What every store must do (js/storage/contract.js), whatever keeps its bytes. Runs anywhere: the memory store in Node,
 * both stores in both browsers (tests/browser/storage.spec.js). It needs neither a test framework nor Node.
 *
 * Every case gets a fresh name and `open`, which opens the same store again and again ("a new process").
 */

import { draftOf } from "../../../js/storage/contract.js"

/**
 * @typedef {import("../../../js/storage/contract.js").Store} Store
 * @typedef {{ open: (name: string) => Promise<Store> }} Storage
 * @typedef {(name: string) => Promise<Store>} Open
 */

/** @param {unknown} condition @param {string} message */
function check(condition, message) {
  if (!condition) throw new Error(message)
}

/** @param {unknown} actual @param {unknown} expected @param {string} what */
function equal(actual, expected, what) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)]
  check(a === b, `${what}: expected ${b}, got ${a}`)
}

/** @param {Promise<unknown>} promise @param {string} code */
async function rejects(promise, code) {
  const error = await promise.then(() => null, (reason) => reason)
  equal(error?.code ?? String(error), code, "rejection")
}

/** Bytes that say where in the stream they stand. @param {number} size @param {number} [start] */
export function pattern(size, start = 0) {
  const bytes = new Uint8Array(size)
  for (let i = 0; i < size; i++) bytes[i] = ((start + i) * 31 + ((start + i) >> 8)) & 255
  return bytes
}

/** @param {Store} store */
export async function readAll(store) {
  const rows = []
  for await (const row of store.read()) rows.push(row)
  const whole = new Uint8Array(rows.reduce((sum, row) => sum + row.byteLength, 0))
  let at = 0
  for (const row of rows) { whole.set(row, at); at += row.byteLength }
  return { rows, whole }
}

/** @param {Uint8Array} bytes */
const list = (bytes) => Array.from(bytes)

/** @param {Uint8Array} whole @param {Uint8Array} expected */
function sameBytes(whole, expected) {
  equal(whole.byteLength, expected.byteLength, "size of the stream")
  for (let i = 0; i < whole.byteLength; i++) if (whole[i] !== expected[i]) check(false, `byte ${i} of the stream differs`)
}

/** What a sealed store leaves out on purpose (js/storage/sealed-store.js). */
export const lateAppend = "what one handle appends behind a replace of another that it has not read is there"

/** @type {Record<string, (open: Open, name: string) => Promise<void>>} */
export const cases = {
  async "a new store is empty"(open, name) {
    const store = await open(name)
    equal((await readAll(store)).rows.length, 0, "rows")
    equal(store.bytes(), 0, "bytes")
    await store.close()
  },

  async "what was appended is read in order, also by the next process"(open, name) {
    const store = await open(name)
    await store.append([pattern(3, 0), pattern(4, 3)])
    await store.append([pattern(2, 7)])
    sameBytes((await readAll(store)).whole, pattern(9))
    equal(store.bytes(), 9, "bytes")
    await store.close()
    const again = await open(name)
    sameBytes((await readAll(again)).whole, pattern(9))
    equal(again.bytes(), 9, "bytes")
    await again.append([pattern(5, 9)])
    sameBytes((await readAll(again)).whole, pattern(14))
    await again.close()
  },

  async "appends that are not awaited keep their order"(open, name) {
    const store = await open(name)
    const done = []
    for (let i = 0; i < 200; i++) done.push(store.append([pattern(7, i * 7)]))
    await Promise.all(done)
    sameBytes((await readAll(store)).whole, pattern(1400))
    await store.close()
  },

  async "small chunks share a row, and no row is above a mebibyte"(open, name) {
    const store = await open(name)
    await store.append(Array.from({ length: 1000 }, (_, i) => pattern(20, i * 20)))
    equal((await readAll(store)).rows.length, 1, "rows of 20,000 small bytes")
    const size = 3 * 1024 * 1024 + 100_000
    await store.append([pattern(size, 20_000)])
    const { rows, whole } = await readAll(store)
    check(rows.every((row) => row.byteLength > 0 && row.byteLength <= 1024 * 1024), "a row is too big or empty")
    sameBytes(whole, pattern(20_000 + size))
    await store.close()
  },

  async "chunks may be views, and are taken before the call returns"(open, name) {
    const store = await open(name)
    const buffer = pattern(1000)
    const view = buffer.subarray(100, 200)
    const done = []
    // Enough to go beyond any window of transactions in flight.
    for (let i = 0; i < 50; i++) done.push(store.append([view]))
    buffer.fill(0)
    await Promise.all(done)
    const { whole } = await readAll(store)
    equal(list(whole.subarray(4900, 5000)), list(pattern(100, 100)), "the last copy")
    await store.close()
  },

  async "what was read is the reader's own"(open, name) {
    const store = await open(name)
    await store.append([pattern(10)])
    for await (const row of store.read()) row.fill(0)
    sameBytes((await readAll(store)).whole, pattern(10))
    await store.close()
  },

  async "nothing to append is nothing"(open, name) {
    const store = await open(name)
    await store.append([])
    await store.append([new Uint8Array(0)])
    equal((await readAll(store)).rows.length, 0, "rows")
    await store.close()
  },

  async "replace leaves the new rows alone, and appends go behind them"(open, name) {
    const store = await open(name)
    await store.append([pattern(100, 7)])
    const done = [store.append([pattern(50, 9)]), store.replace([pattern(10), pattern(10, 10)]), store.append([pattern(5, 20)])]
    await Promise.all(done)
    sameBytes((await readAll(store)).whole, pattern(25))
    equal(store.bytes(), 25, "bytes")
    await store.close()
    const again = await open(name)
    sameBytes((await readAll(again)).whole, pattern(25))
    await again.close()
  },

  async "a draft takes the place of the rows when it is committed, and appends go behind it"(open, name) {
    const store = await open(name)
    await store.append([pattern(100, 7)])
    const draft = draftOf(store)
    await draft.add(pattern(300_000))
    await store.append([pattern(50, 107)])
    sameBytes((await readAll(store)).whole, pattern(150, 7))
    await draft.add(pattern(5, 300_000))
    const done = [draft.commit([pattern(10, 300_005), pattern(10, 300_015)]), store.append([pattern(5, 300_025)])]
    await Promise.all(done)
    sameBytes((await readAll(store)).whole, pattern(300_030))
    equal(store.bytes(), 300_030, "bytes")
    await store.close()
    const again = await open(name)
    sameBytes((await readAll(again)).whole, pattern(300_030))
    await again.append([pattern(70_000, 300_030)])
    const second = draftOf(again)
    await second.commit([pattern(9, 3)])
    sameBytes((await readAll(again)).whole, pattern(9, 3))
    await again.close()
  },

  async "a draft that is dropped, or left behind, is as if it had never been"(open, name) {
    const store = await open(name)
    await store.append([pattern(100)])
    const dropped = draftOf(store)
    await dropped.add(pattern(70_000, 5))
    await dropped.drop()
    sameBytes((await readAll(store)).whole, pattern(100))
    const left = draftOf(store)
    await left.add(pattern(70_000, 9))
    await left.add(pattern(300_000, 11))
    await store.append([pattern(10, 100)])
    await store.close()
    const again = await open(name)
    sameBytes((await readAll(again)).whole, pattern(110))
    await again.append([pattern(10, 110)])
    sameBytes((await readAll(again)).whole, pattern(120))
    const next = draftOf(again)
    await next.add(pattern(90_000))
    await next.commit([])
    await again.close()
    const last = await open(name)
    sameBytes((await readAll(last)).whole, pattern(90_000))
    await last.append([pattern(4, 90_000)])
    sameBytes((await readAll(last)).whole, pattern(90_004))
    await last.close()
  },

  async "of two drafts the later one counts, and what is replaced meanwhile is"(open, name) {
    const store = await open(name)
    await store.append([pattern(10)])
    const [one, two] = [draftOf(store), draftOf(store)]
    await one.add(pattern(70_000))
    await two.add(pattern(80_000, 3))
    await one.drop()
    await two.add(pattern(10, 80_003))
    await two.commit([])
    sameBytes((await readAll(store)).whole, pattern(80_010, 3))
    await store.replace([pattern(6)])
    sameBytes((await readAll(store)).whole, pattern(6))
    await store.close()
  },

  async "replace by nothing empties the store"(open, name) {
    const store = await open(name)
    await store.append([pattern(100)])
    await store.replace([])
    equal((await readAll(store)).rows.length, 0, "rows")
    equal(store.bytes(), 0, "bytes")
    await store.append([pattern(3)])
    sameBytes((await readAll(store)).whole, pattern(3))
    await store.close()
  },

  async "two replaces at once: the later one stands"(open, name) {
    const store = await open(name)
    const done = []
    for (let i = 0; i < 20; i++) done.push(store.append([pattern(9, 5)]))
    done.push(store.replace([pattern(10, 3)]), store.append([pattern(4, 8)]), store.replace([pattern(6)]), store.append([pattern(4, 6)]))
    await Promise.all(done)
    sameBytes((await readAll(store)).whole, pattern(10))
    await store.close()
  },

  async "a reader sees the rows as they stood, whatever is written meanwhile"(open, name) {
    const store = await open(name)
    for (let i = 0; i < 300; i++) void store.append([pattern(1000, i * 1000)])
    const reading = store.read()[Symbol.asyncIterator]()
    const first = await reading.next()
    const replaced = store.replace([pattern(3)])
    const parts = [first.value]
    for (let step = await reading.next(); !step.done; step = await reading.next()) parts.push(step.value)
    await replaced
    const total = parts.reduce((sum, part) => sum + part.byteLength, 0)
    equal(total, 300_000, "bytes of the old rows")
    sameBytes((await readAll(store)).whole, pattern(3))
    await store.close()
  },

  async "flush resolves, with and without something to flush"(open, name) {
    const store = await open(name)
    await store.flush()
    void store.append([pattern(10)])
    await Promise.all([store.flush(), store.flush()])
    await store.flush()
    sameBytes((await readAll(store)).whole, pattern(10))
    await store.close()
  },

  async "close writes what was handed over"(open, name) {
    const store = await open(name)
    const done = []
    for (let i = 0; i < 100; i++) done.push(store.append([pattern(10, i * 10)]))
    await store.close()
    await Promise.all(done)
    const again = await open(name)
    sameBytes((await readAll(again)).whole, pattern(1000))
    await again.close()
  },

  async "after close everything rejects, and closing again does not"(open, name) {
    const store = await open(name)
    await store.close()
    await store.close()
    await rejects(store.append([pattern(1)]), "CLOSED")
    await rejects(store.replace([pattern(1)]), "CLOSED")
    await rejects(store.flush(), "CLOSED")
    await rejects(readAll(store), "CLOSED")
    await rejects(store.destroy(), "CLOSED")
  },

  async "two handles on one store do not overwrite each other"(open, name) {
    const [one, two] = [await open(name), await open(name)]
    await one.append([pattern(10)])
    await two.append([pattern(10, 10)])
    await one.append([pattern(10, 20)])
    sameBytes((await readAll(two)).whole, pattern(30))
    await one.replace([pattern(5)])
    sameBytes((await readAll(two)).whole, pattern(5))
    await two.append([pattern(5, 5)])
    sameBytes((await readAll(one)).whole, pattern(10))
    await one.close()
    await two.close()
  },

  async [lateAppend](open, name) {
    const [one, two] = [await open(name), await open(name)]
    await two.append([pattern(10)])
    await one.replace([pattern(5)])
    await two.append([pattern(5, 5)])
    sameBytes((await readAll(one)).whole, pattern(10))
    await one.close()
    await two.close()
  },

  async "destroy forgets everything and tells the other handles"(open, name) {
    const [one, two] = [await open(name), await open(name)]
    await one.append([pattern(10)])
    /** @type {string[]} */
    const losses = []
    two.on("lost", ({ why }) => losses.push(why))
    await one.destroy()
    equal(losses, ["deleted"], "losses")
    await rejects(two.append([pattern(1)]), "STORAGE_FAILED")
    await rejects(one.append([pattern(1)]), "CLOSED")
    await two.close()
    const again = await open(name)
    equal((await readAll(again)).rows.length, 0, "rows")
    await again.close()
  },

  async "names are kept apart"(open, name) {
    const [one, two] = [await open(`${name}/a`), await open(`${name}/b ✓`)]
    await one.append([pattern(10)])
    equal((await readAll(two)).rows.length, 0, "rows of the other")
    await one.close()
    await two.close()
  },

  async "bad names and bad chunks are refused and change nothing"(open, name) {
    for (const bad of ["", "x".repeat(257), "\ud800", 5, null, undefined, {}]) {
      await rejects(open(/** @type {any} */ (bad)), "INVALID_ARGUMENT")
    }
    const store = await open(name)
    for (const bad of [undefined, "text", [1], [new ArrayBuffer(3)], [pattern(3), "x"], new Uint8Array(3)]) {
      await rejects(store.append(/** @type {any} */ (bad)), "INVALID_ARGUMENT")
      await rejects(store.replace(/** @type {any} */ (bad)), "INVALID_ARGUMENT")
    }
    equal((await readAll(store)).rows.length, 0, "rows")
    await store.close()
  },
}

/**
 * Runs every case and collects what failed.
 * @param {Storage} storage
 * @param {(name: string) => Promise<void>} [clean]
 * @param {readonly string[]} [except]
 * @returns {Promise<{ passed: number, failed: string[] }>}
 */
export async function runAcceptance(storage, clean = async () => {}, except = []) {
  /** @type {string[]} */
  const failed = []
  let passed = 0
  for (const [title, run] of Object.entries(cases)) {
    if (except.includes(title)) continue
    const name = `acceptance ${title}`.slice(0, 200)
    try {
      await clean(name)
      await run(storage.open, name)
      passed += 1
    } catch (error) {
      failed.push(`${title}: ${error instanceof Error ? error.stack ?? error.message : error}`)
    }
  }
  return { passed, failed }
}
