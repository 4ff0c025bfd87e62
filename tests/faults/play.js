/**
 * Plays one seed: a database on a disk that fails (device.js), through a few lives of its process. Each life opens it,
 * writes, flushes, makes the journal anew, meets faults, and ends: closed, killed, or with the power.
 *
 * What must hold when it is opened again
 * 1. It opens with a state that it once had, or it refuses with a clear error and the disk is left as it was.
 * 2. That state is no older than what was promised: `pending` 0 for the end of the process, `flush` for that of power.
 * 3. After damage to what lies there, an older state is told (a notice), unless the end was cut off between two
 *    records, which nobody can know.
 */
import { readFile } from "node:fs/promises"

import { openDatabase } from "../../js/database.js"
import { isWeftError } from "../../js/errors.js"
import { createDevice } from "./device.js"
import { createDraw } from "./draw.js"

/** Keys come from other threads, so this is not a number of turns. */
const kLimitMs = 30_000

/** What a store may say of itself; nothing else may stop it from opening. */
const kRefusals = ["CORRUPT_STORE", "UNSUPPORTED_VERSION", "WRONG_PASSWORD", "STORAGE_FAILED"]

/** @type {Map<string, Promise<Uint8Array>>} one array a file, so that it is compiled once */
const files = new Map()

/** @param {string} fileName */
function locate(fileName) {
  const file = files.get(fileName) ?? readFile(new URL(`../../build/wasm-release/${fileName}`, import.meta.url))
  files.set(fileName, file)
  return file
}

const task = () => new Promise((resolve) => setImmediate(resolve))
/** So many turns in which nothing happens, and another thread is waited for: it may need the core that we turn on. */
const kIdleTurns = 20
const aWhile = () => new Promise((resolve) => setTimeout(resolve))

/**
 * @param {number} seed
 * @param {(text: string) => void} [say]
 * @param {{ lie?: "flush" | "replace" }} [options]
 * @returns {Promise<Record<string, number>>} how often what happened; rejects with what is wrong
 */
export async function playSeed(seed, say = () => {}, { lie } = {}) {
  const draw = createDraw(seed)
  const device = createDevice(draw, lie)
  const world = createWorld(draw, device, draw.chance(0.5) ? "secret" : null, say)
  try {
    for (let lives = 1 + draw.below(3); lives > 0; lives--) {
      if (!(await world.live())) break
    }
    await world.finish()
  } finally {
    await world.leave()
  }
  return device.tally
}

/**
 * @param {import("./draw.js").Draw} draw
 * @param {ReturnType<typeof createDevice>} device
 * @param {string | null} firstPassword
 * @param {(text: string) => void} say
 */
function createWorld(draw, device, firstPassword, say) {
  let password = firstPassword
  /** What it may be instead: one that a failed change may have put in force, or that comes back if the power goes before
   * the next flush. @type {(string | null)[]} */
  let others = []
  /** A change failed since it was opened: nobody knows which it is. */
  let unsure = false
  /** Fingerprints of the states it has had, since the oldest that may still come back. @type {string[]} */
  let states = []
  /** The newest state that survives the process, and the power. */
  let saved = 0
  let flushed = 0
  let damaged = false
  let values = 0
  /** @type {any} */
  let db = null

  /** Lets the disk and the database work while they may. @param {number} turns */
  async function run(turns) {
    for (; turns > 0; turns--) {
      device.turn()
      await task()
    }
  }

  /** Waits for what the disk must do first. @template T @param {Promise<T>} promise @returns {Promise<T>} */
  async function driven(promise) {
    let done = false
    const settled = promise.finally(() => { done = true })
    settled.catch(() => {})
    let idle = 0
    for (const limit = Date.now() + kLimitMs; !done;) {
      if (Date.now() > limit) throw new Error("a call never ends")
      idle = device.turn() ? 0 : idle + 1
      await (idle < kIdleTurns ? task() : aWhile())
    }
    return settled
  }

  function note() {
    states.push(db.status().fingerprint)
    if (db.status().storage.pending === 0) saved = Math.max(saved, states.length - 1)
  }

  function look() {
    const { state, pending } = db.status().storage
    if (pending === 0 && state === "owner") saved = states.length - 1
  }

  /** @returns {Promise<boolean>} false: it refused, and that was right */
  async function open() {
    const before = device.stream()
    const storage = { kind: "test", reason: "a disk that fails", open: device.open }
    const candidates = [...new Set([password, ...others])]
    for (const candidate of candidates) {
      try {
        db = await driven(openDatabase("faults", { saveDelay: 3_600_000, ...(candidate === null ? {} : { password: candidate }) }, { locate, now: Date.now, storage, passwordRounds: 1 }))
        password = candidate
        break
      } catch (error) {
        const wrong = isWeftError(error, "WRONG_PASSWORD") || isWeftError(error, "PASSWORD_REQUIRED")
        if (!wrong || candidate === candidates.at(-1)) return refused(error, before)
      }
    }
    others = candidates.filter((candidate) => candidate !== password)
    unsure = false
    const { fingerprint, notices } = db.status()
    const told = notices.some((/** @type {any} */ { code }) => code === "CORRUPT_STORE")
    say(`opened${told ? ", with a notice" : ""}`)
    if (states.length === 0) states = [fingerprint]
    const found = states.lastIndexOf(fingerprint)
    if (found < 0) throw new Error("it opened with a state it never had")
    const due = Math.max(saved, flushed)
    if (found < due && !damaged) throw new Error(`it opened with state ${found} and had promised ${due}`)
    if (found < due && !told) device.tally["an end is cut off between two records"] = (device.tally["an end is cut off between two records"] ?? 0) + 1
    states = states.slice(0, found + 1)
    saved = Math.min(found, due)
    flushed = Math.min(found, flushed)
    damaged = false
    return true
  }

  /** @param {unknown} error @param {Uint8Array} before */
  function refused(error, before) {
    if (!isWeftError(error) || !kRefusals.includes(error.code)) throw error
    say(`refused: ${error.code} ${error.message}`)
    if (Buffer.compare(before, device.stream()) !== 0) throw new Error(`it refused with ${error.code} and changed the disk`)
    device.tally[`refused: ${error.code}`] = (device.tally[`refused: ${error.code}`] ?? 0) + 1
    // What never held a whole journal cannot be told from something else that lies there; nothing was promised of it.
    const promised = states[Math.max(saved, flushed)] // a flush before anything was kept promises the empty graph
    if (device.unbegun && promised === states[0]) return false
    if (error.code !== "STORAGE_FAILED" && !damaged) throw new Error(`it refused with ${error.code}, and nothing was damaged`)
    return false
  }

  function write() {
    const id = `n${draw.below(12)}`
    const what = draw.below(10)
    const value = { i: values++, text: "x".repeat(draw.pick([0, 0, 5, 300, 5000])) }
    if (what < 6) db.put(value, id)
    else if (what === 6) db.remove(id)
    else if (what === 7) db.link(id, `n${draw.below(12)}`).catch(() => {}) // when neither end is missing
    else if (what === 8) db.batch((/** @type {any} */ tx) => { for (let i = 0; i < 5; i++) tx.put(value, `n${draw.below(12)}`) })
    else db.clear()
    note()
  }

  async function flush() {
    const mark = states.length - 1
    await driven(db.flush().then(
      () => { flushed = Math.max(flushed, mark); saved = Math.max(saved, mark); if (!unsure) others = []; say(`flushed ${mark}`) },
      (/** @type {unknown} */ error) => say(`flush failed: ${error}`),
    ))
  }

  /** The journal is made anew; now and then under another password. */
  async function renew() {
    const next = draw.chance(0.3) ? draw.pick(["secret", "other", null]) : password
    const mark = states.length - 1
    await driven(db.changePassword(password, next).then(
      () => { say(`made anew${next === password ? "" : " under another password"}`); password = next; others = []; unsure = false; saved = flushed = Math.max(saved, mark) },
      (/** @type {unknown} */ error) => { say(`not made anew: ${error}`); others.push(next); unsure = true },
    ))
  }

  /** The same, and the process ends somewhere on the way. */
  function beginRenew() {
    db.changePassword(password, password).catch(() => {})
  }

  function fault() {
    const { faults } = device
    const what = draw.below(4)
    if (what === 0) faults.capacity = faults.capacity === Infinity ? device.stream().byteLength + draw.below(3000) : Infinity
    else if (what === 1) faults.failReplaces = 1 + draw.below(2)
    else if (what === 2) faults.failFlushes = 1
    else faults.failReads = 1
  }

  async function step() {
    const what = draw.below(20)
    if (what < 10) write()
    else if (what < 14) await run(1 + draw.below(4))
    else if (what < 16) await flush()
    else if (what < 17) await renew()
    else if (what < 18) beginRenew()
    else if (what < 19) fault()
    else await tryPassword()
    look()
  }

  /** Somebody opens it with a password that is not it, nor the one it may have since changing it failed. */
  async function tryPassword() {
    while (device.turn()) await task()
    const empty = device.stream().byteLength === 0
    const touched = async () => { throw new Error("another password wrote to the disk") }
    const open = async () => ({ ...await device.open(), append: touched, replace: touched })
    const wrong = [password, ...others].includes(null) ? "guess" : draw.pick([null, "guess"])
    const platform = { locate, now: Date.now, storage: { kind: "test", reason: "a disk that fails", open }, passwordRounds: 1 }
    const code = await openDatabase("faults", wrong === null ? {} : { password: wrong }, platform)
      .then(async (other) => { await other.destroy(); return "opened" }, (error) => error.code)
    if (empty && code === "opened") return
    if (!kRefusals.includes(code) && code !== "PASSWORD_REQUIRED") throw new Error(`another password: ${code}`)
  }

  function makeSpace() {
    Object.assign(device.faults, { capacity: Infinity, failReads: 0, failReplaces: 0, failFlushes: 0 })
  }

  /** @param {"closed" | "killed" | "power"} how */
  async function end(how) {
    say(`ends: ${how}`)
    const old = db
    db = null
    if (how === "closed") {
      const mark = states.length - 1
      await driven(old.close().then(() => { saved = flushed = mark }, (/** @type {unknown} */ error) => say(`close failed: ${error}`)))
      if (draw.chance(0.5)) return device.kill()
      saved = flushed
      return device.cutPower()
    }
    if (how === "killed") device.kill()
    else { device.cutPower(); saved = flushed }
    await old.destroy() // its timers go; it reaches nothing any more
  }

  return {
    /** @returns {Promise<boolean>} false: it is over */
    async live() {
      if (!(await open())) return false
      for (let steps = 3 + draw.below(25); steps > 0; steps--) await step()
      await end(draw.pick(["closed", "killed", "power", "power"]))
      makeSpace()
      if (draw.chance(0.25)) damaged = device.damage()
      return true
    },

    /** Something was wrong: what is open is let go of. */
    async leave() {
      device.kill()
      await db?.destroy()
    },

    /** Opened once more, it takes a write and keeps it. */
    async finish() {
      makeSpace()
      if (!(await open())) return
      db.put("at the end", "end")
      note()
      await flush()
      if (flushed !== states.length - 1) throw new Error("without faults it does not heal")
      await end("power")
      if (!(await open())) throw new Error("it does not open without faults")
      await end("closed")
    },
  }
}
