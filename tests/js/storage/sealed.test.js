// The sealed store in Node, over memory: the acceptance suite, passwords, and what an attacker with the disk can do.
import assert from "node:assert/strict"
import { test } from "node:test"

import { createMemoryStorage } from "../../../js/storage/memory.js"
import { kHeadBytes, kPrefixBytes, readPrefix } from "../../../js/storage/sealed-format.js"
import { sealStorage } from "../../../js/storage/sealed-store.js"
import { createVault } from "../../../js/storage/vault.js"
import { cases, lateAppend, pattern, readAll } from "./acceptance.js"
import { createFailing } from "./failing_store.js"

const kFew = { rounds: 1000 }

for (const password of ["secret", null]) {
  for (const [title, run] of Object.entries(cases)) {
    if (password !== null && title === lateAppend) continue
    test(`sealed store, ${password === null ? "without" : "with"} a password: ${title}`, () =>
      run(sealStorage(createMemoryStorage(), createVault(password, kFew)).open, "db"))
  }
}

/** One disk, opened with any password. */
function device() {
  const disk = createMemoryStorage()
  /** @type {string[]} */
  const damages = []
  return {
    disk,
    damages,
    /** @param {string | null} [password] @param {string} [name] */
    open: (password = "secret", name = "db", vault = createVault(password, kFew)) =>
      sealStorage(disk, vault, { damaged: (message) => damages.push(message) }).open(name),
    /** @param {string} [name] */
    async raw(name = "db") {
      const store = await disk.open(name)
      const { whole } = await readAll(store)
      await store.close()
      return whole
    },
    /** @param {Uint8Array} bytes @param {string} [name] */
    async put(bytes, name = "db") {
      const store = await disk.open(name)
      await store.replace([bytes])
      await store.close()
    },
  }
}

/** The items of a sealed stream: its head, then frames. @param {Uint8Array} bytes */
function items(bytes) {
  const list = []
  for (let at = 0; at < bytes.byteLength;) {
    const prefix = readPrefix(bytes.subarray(at, at + kPrefixBytes))
    assert.ok(prefix, `no item at ${at}`)
    list.push(bytes.subarray(at, at + prefix.size))
    at += prefix.size
  }
  return list
}

/** What reading it comes to: the number of bytes that were given, all of them right, or a code. @param {ReturnType<typeof device>} machine */
async function outcome(machine, password = "secret") {
  const store = await machine.open(password)
  try {
    const { whole } = await readAll(store)
    assert.deepEqual(whole, pattern(whole.byteLength))
    return whole.byteLength
  } catch (error) {
    return error.code ?? error
  } finally {
    await store.close()
  }
}

/** Three runs of ten bytes' frames. @param {ReturnType<typeof device>} machine */
async function fill(machine) {
  let at = 0
  for (let run = 0; run < 3; run++) {
    const store = await machine.open()
    if (run > 0) await readAll(store)
    for (let i = 0; i < 4; i++, at += 10) await store.append([pattern(10, at)])
    await store.close()
  }
  return items(await machine.raw())
}

test("nothing of what is kept can be read on the disk, nor the password", async () => {
  const machine = device()
  const store = await machine.open("secret password")
  const text = new TextEncoder().encode("the quick brown fox jumps over the lazy dog")
  await store.append([text])
  await store.replace([text, text])
  await store.append([text])
  const disk = Buffer.from(await machine.raw())
  for (const word of ["quick", "lazy", "secret", "passw"]) assert.equal(disk.indexOf(word), -1)
})

test("another password is WRONG_PASSWORD, none is PASSWORD_REQUIRED, and nothing is touched", async () => {
  const machine = device()
  await fill(machine)
  const before = await machine.raw()
  assert.equal(await outcome(machine, "Secret"), "WRONG_PASSWORD")
  assert.equal(await outcome(machine, null), "PASSWORD_REQUIRED")
  for (const [password, code] of [["Secret", "WRONG_PASSWORD"], [null, "PASSWORD_REQUIRED"]]) {
    const store = await machine.open(password)
    await assert.rejects(store.replace([pattern(3)]), { code })
    await assert.rejects(store.append([pattern(3)]), { code })
    await store.close()
  }
  assert.deepEqual(await machine.raw(), before)
  assert.equal(await outcome(machine), 120)
})

test("a store that is not encrypted is not opened with a password, and not touched", async () => {
  const machine = device()
  const plain = await machine.open(null)
  await plain.append([pattern(10)])
  assert.equal(await outcome(machine), "WRONG_PASSWORD")
  assert.equal(await outcome(machine, null), 10)
})

test("the password is changed by one replace; both open while that is on its way", async () => {
  for (const [from, to] of [["old", "new"], [null, "new"], ["old", null]]) {
    const machine = device()
    const vault = createVault(from, kFew)
    const store = await machine.open(from, "db", vault)
    await store.append([pattern(10)])
    const undo = vault.prefer(to)
    const other = await machine.open(from, "db", vault)
    assert.equal((await readAll(other)).whole.byteLength, 10)
    undo()
    await store.append([pattern(10, 10)])
    vault.prefer(to)
    await store.append([pattern(10, 20)])
    assert.equal(await outcome(machine, from), 30, "it is the old one's until it is replaced")
    await store.replace([pattern(40)])
    assert.equal((await readAll(other)).whole.byteLength, 40)
    vault.settle()
    await store.append([pattern(10, 40)])
    assert.equal(await outcome(machine, to), 50)
    assert.equal(await outcome(machine, from), to === null ? "WRONG_PASSWORD" : from === null ? "PASSWORD_REQUIRED" : "WRONG_PASSWORD")
  }
})

test("a stream that begins while an older reading finds it empty stays sealed, also when the change of its password failed", async () => {
  const machine = device()
  const vault = createVault(null, kFew)
  let release = () => {}
  /** @type {Promise<void>} */
  let gate = Promise.resolve()
  const slow = {
    /** @param {string} name */
    async open(name) {
      const below = await machine.disk.open(name)
      return { ...below, async *read() {
        const held = gate
        const { rows } = await readAll(below)
        await held
        yield* rows
      } }
    },
  }
  const store = await sealStorage(slow, vault).open("db")
  await readAll(store)
  const takeBack = vault.prefer("secret")
  gate = new Promise((resolve) => { release = resolve })
  const draft = store.draft?.()
  const added = draft?.add(pattern(3)) // reads first, and is answered last
  gate = Promise.resolve()
  await store.append([pattern(5)])
  release()
  await added
  await draft?.drop()
  takeBack()
  await store.append([pattern(9).subarray(5)])
  await store.close()
  assert.equal(await outcome(machine), 9)
  assert.deepEqual(machine.damages, [])
})

test("every flipped bit is found", async () => {
  const machine = device()
  const bytes = Buffer.concat(await fill(machine))
  for (let i = 0; i < bytes.byteLength; i++) {
    const spoiled = bytes.slice()
    const changed = Uint8Array.from(spoiled)
    changed[i] ^= 1 << (i % 8)
    await machine.put(changed)
    machine.damages.length = 0
    const result = await outcome(machine)
    if (typeof result === "number") {
      assert.equal(result, 110, `byte ${i}`) // the last frame: as if it had not been written whole
      if (machine.damages.length === 0) assert.ok(i >= bytes.byteLength - 58, `byte ${i} is told`)
    } else {
      const head = i < 3 ? ["WRONG_PASSWORD"] : i === 3 ? ["UNSUPPORTED_VERSION"] : ["CORRUPT_STORE"]
      assert.ok(head.includes(result), `byte ${i}: ${result}`)
    }
  }
})

test("frames cannot be left out, swapped, repeated, or brought back from elsewhere", async () => {
  const machine = device()
  const list = await fill(machine)
  const [head, ...frames] = list
  assert.equal(frames.length, 12)
  /** @param {Uint8Array[]} parts */
  const tried = async (parts) => {
    await machine.put(Buffer.concat(parts))
    return outcome(machine)
  }
  for (let i = 0; i < 11; i++) {
    assert.equal(await tried(list.filter((item) => item !== frames[i])), "CORRUPT_STORE", `without frame ${i}`)
    assert.equal(await tried([head, ...frames.slice(0, i), frames[i + 1], frames[i], ...frames.slice(i + 2)]), "CORRUPT_STORE", `frame ${i} behind the next`)
    assert.equal(await tried([...list, frames[i]]), "CORRUPT_STORE", `frame ${i} again`)
  }
  for (const run of [0, 1]) assert.equal(await tried([head, ...frames.filter((_, i) => Math.floor(i / 4) !== run)]), "CORRUPT_STORE", `without run ${run}`)
  assert.equal(await tried(list.slice(1)), "CORRUPT_STORE", "without a head")
  assert.equal(await tried(list), 120)
})

test("a generation that is gone, another database or another disk give nothing to this one", async () => {
  const machine = device()
  const old = await fill(machine)
  const store = await machine.open()
  await store.replace([pattern(60)])
  await store.append([pattern(10, 60)])
  const list = items(await machine.raw())
  await machine.put(Buffer.concat([...list.slice(0, 2), ...old, ...list.slice(2), ...old.slice(1)]))
  assert.equal(await outcome(machine), 70, "old frames are left out wherever they stand")
  const relabeled = old.slice(1).map((item) => { const copy = Uint8Array.from(item); copy.set(list[0].subarray(8, 16), 8); return copy })
  await machine.put(Buffer.concat([...list, ...relabeled]))
  machine.damages.length = 0
  assert.equal(await outcome(machine), 70)
  assert.equal(machine.damages.length, 1)
  await machine.put(Buffer.concat(list), "another name")
  const other = await machine.open("secret", "another name")
  await assert.rejects(readAll(other), { code: "WRONG_PASSWORD" })
})

test("an end that was not written whole is left out and told, and must be replaced before anything is appended", async () => {
  const machine = device()
  const list = await fill(machine)
  const bytes = Buffer.concat(list)
  const lastBegins = bytes.byteLength - list[12].byteLength
  for (let length = 0; length < bytes.byteLength; length++) {
    await machine.put(bytes.subarray(0, length))
    machine.damages.length = 0
    let expected = 0
    let end = kHeadBytes
    for (let i = 1; i < list.length && end + list[i].byteLength <= length; i++) { end += list[i].byteLength; expected += 10 }
    const whole = length === 0 || length === end
    assert.equal(await outcome(machine), expected, `${length} bytes`)
    assert.equal(machine.damages.length, whole ? 0 : 1, `${length} bytes: ${machine.damages}`)
  }
  await machine.put(bytes.subarray(0, lastBegins + 5))
  const store = await machine.open()
  assert.equal((await readAll(store)).whole.byteLength, 110)
  await assert.rejects(store.append([pattern(10, 110)]), { code: "STORAGE_FAILED" })
  await store.replace([pattern(110)])
  await store.append([pattern(10, 110)])
  await store.close()
  assert.equal(await outcome(machine), 120)
})

test("a failed append stops everything until a replace, whatever the store below thinks of it", async () => {
  const failing = createFailing(createMemoryStorage().open)
  const store = await sealStorage(failing, createVault("secret", kFew)).open("db")
  await store.append([pattern(10)])
  failing.control.fails = { append: true }
  const first = store.append([pattern(10, 10)])
  await assert.rejects(first, { code: "STORAGE_FAILED" })
  failing.control.fails = {}
  await assert.rejects(store.append([pattern(10, 10)]), { code: "STORAGE_FAILED" })
  await assert.rejects(store.flush(), { code: "STORAGE_FAILED" })
  assert.equal((await readAll(store)).whole.byteLength, 10)
  await store.replace([pattern(30)])
  await store.append([pattern(10, 30)])
  await store.flush()
  assert.deepEqual((await readAll(store)).whole, pattern(40))
})

test("a failed replace leaves the old generation, and appends go on behind it", async () => {
  const failing = createFailing(createMemoryStorage().open)
  const store = await sealStorage(failing, createVault("secret", kFew)).open("db")
  await store.append([pattern(10)])
  failing.control.fails = { replace: true }
  const outcomes = await Promise.allSettled([store.append([pattern(10, 10)]), store.replace([pattern(5)]), store.append([pattern(10, 20)])])
  assert.deepEqual(outcomes.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"])
  failing.control.fails = {}
  await store.append([pattern(10, 30)])
  assert.deepEqual((await readAll(store)).whole, pattern(40))
})

test("without a password, and in one, appends share frames and reach the store below in order", async () => {
  const machine = device()
  const store = await machine.open()
  const done = []
  for (let i = 0; i < 1000; i++) done.push(store.append([pattern(10, i * 10)]))
  await Promise.all(done)
  assert.equal(items(await machine.raw()).length, 2, "a head and one frame")
  const plain = await machine.open(null, "plain")
  await readAll(plain)
  void plain.append([pattern(10)])
  assert.equal((await machine.raw("plain")).byteLength, 10, "what is plain is handed over within the call")
})
