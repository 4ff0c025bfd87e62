/**
 * A store over another: what it is given it keeps there sealed, or plain while there is no password (vault.js). See
 * contract.js for what it promises, docs/storage.md for what is hidden.
 *
 * Sealing takes a trip to another thread, so it goes on behind the caller: steps are taken one after the other, and
 * appends that come meanwhile are sealed together as the next frame (group commit).
 *
 * Invariants
 * 1. Steps reach the store below in the order of the calls; each is answered by what that store says.
 * 2. Nothing is written before the stream was read with a password that opens it.
 * 3. What is plain, and stays so, reaches the store below within the call, as if we were not there.
 * 4. While a replace is on its way nothing is sealed: should it fail, the old generation goes on. A draft is a
 *    generation of its own, sealed beside the one in force, with the password of its first piece.
 * 5. What another handle appended behind a replace of ours belongs to a generation that is gone, and is left out
 *    (contract.js, 6, does not hold here; where there is WebCrypto there are Web Locks, and one owner).
 */

import { isWeftError, WeftError } from "../errors.js"
import { checkChunks, checkName, draftOf, takenOver } from "./contract.js"
import { join, kMaxFramePlainBytes, kTagBytes, writeBound } from "./sealed-format.js"
import { readSealed } from "./sealed-reader.js"
import { newId, seal } from "./vault.js"

/**
 * @typedef {import("./contract.js").Store} Store
 * @typedef {import("./vault.js").Keys} Keys
 * @typedef {{ id: string, next: number, key: CryptoKey, after: import("./sealed-format.js").Place | null }} Run
 *   one handle's appending: its frames' next number
 * @typedef {{ keys: Keys | null, empty: boolean, torn: boolean, last: Run["after"], run: Run | null }} Stream
 *   what the store below holds, and our run in it
 * @typedef {{ kind: "append" | "replace" | "call", bytes: Uint8Array, call: () => Promise<void>, resolve: (outcome?: Promise<void>) => void, reject: (error: unknown) => void }} Step
 */

/**
 * @param {{ open: (name: string) => Promise<Store> }} below
 * @param {import("./vault.js").Vault} vault
 * @param {{ damaged?: (message: string) => void, log?: (level: "warn", text: string) => void }} [host]
 *   damaged: an end that was not written whole was left out
 * @returns {import("./contract.js").Storage}
 */
export function sealStorage(below, vault, { damaged = () => {}, log = () => {} } = {}) {
  return {
    async open(name) {
      return createSealedStore(await below.open(checkName(name)), name, vault, { damaged, log })
    },
  }
}

/**
 * @param {Store} below
 * @param {string} name
 * @param {import("./vault.js").Vault} vault
 * @param {{ damaged: (message: string) => void, log: (level: "warn", text: string) => void }} host
 * @returns {Store}
 */
function createSealedStore(below, name, vault, { damaged, log }) {
  /** @type {Stream | null} null: not read yet */
  let stream = null
  /** @type {Step[]} */
  const steps = []
  /** @type {Promise<void> | null} */
  let working = null
  /** @type {WeftError | null} an append could not be sealed: nothing counts behind it */
  let failed = null
  let size = 0
  let closed = false
  /** Counts the streams that began: a reading that one overtook tells of one that is gone, or of none. */
  let begun = 0

  function checkOpen() {
    if (closed) throw new WeftError("CLOSED", "the store is closed")
  }

  /** @returns {boolean} nothing is to be sealed, and nothing is before us */
  const isPlain = () => working === null && !vault.seals && stream !== null && stream.keys === null && !stream.torn

  /** @param {Step["kind"]} kind @param {Uint8Array} bytes of an append @param {() => Promise<void>} [call] @returns {Promise<void>} */
  function enqueue(kind, bytes, call = async () => {}) {
    return new Promise((resolve, reject) => {
      steps.push({ kind, bytes, call, resolve, reject })
      working ??= work()
    })
  }

  async function work() {
    await null // what comes within this task is sealed together
    while (steps.length > 0) {
      const [step] = steps
      const group = step.kind === "append" ? takeAppends() : steps.splice(0, 1)
      try {
        if (step.kind === "append") answer(group, await append(join(group.map(({ bytes }) => bytes))))
        else if (step.kind === "replace") answer(group, { done: Promise.resolve(await step.call()) })
        else answer(group, { done: step.call() })
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    working = null
  }

  /** @param {Step[]} group @param {{ done: Promise<void> }} outcome */
  function answer(group, { done }) {
    for (const { resolve } of group) resolve(done)
  }

  function takeAppends() {
    let bytes = 0
    let count = 0
    while (count < steps.length && steps[count].kind === "append" && (count === 0 || bytes + steps[count].bytes.byteLength <= kMaxFramePlainBytes)) {
      bytes += steps[count++].bytes.byteLength
    }
    return steps.splice(0, count)
  }

  /** @param {AsyncIterable<Uint8Array>} rows @returns {AsyncGenerator<Uint8Array, void>} */
  async function* readRows(rows) {
    const before = begun
    let total = 0
    const reading = readSealed(rows, name, vault)
    for (;;) {
      const { value, done } = await reading.next()
      if (done) return adopt(value, before, total)
      total += value.byteLength
      yield value
    }
  }

  /** @param {import("./sealed-reader.js").Found} found @param {number} before @param {number} total */
  function adopt({ keys, empty, last, torn, foreign }, before, total) {
    if (before !== begun) return
    size = total
    const ours = keys && stream?.keys?.generation === keys.generation ? stream.run : null
    stream = { keys, empty, last, torn: torn !== null, run: ours }
    if (empty && vault.seals) vault.warm(name)
    if (foreign > 0) log("warn", `${foreign} rows that were written behind a newer state are left out`)
    if (torn !== null) damaged(`the encrypted store's end is missing: ${torn} were cut off`)
  }

  /** From now on `stream` is the stream as it is: read, if need be. */
  async function known() {
    // Another may have begun it since it was found empty.
    if (!stream || stream.empty && !stream.keys) for await (const row of readRows(below.read())) void row
    if (!stream) throw new WeftError("STORAGE_FAILED", "the store changed while it was read")
  }

  /** @param {Uint8Array} bytes @returns {Promise<{ done: Promise<void> }>} once it is with the store below */
  async function append(bytes) {
    if (failed) throw failed
    try {
      await known()
      const to = /** @type {Stream} */ (stream)
      if (to.torn) throw new WeftError("STORAGE_FAILED", "the store's end is damaged: it must be replaced first")
      const begins = to.empty
      to.empty = false
      if (begins) begun += 1
      const head = begins ? await vault.create(name) : null
      const rows = to.keys || head ? await sealed(to, bytes, head) : [bytes]
      size += bytes.byteLength
      const done = below.append(rows)
      // Each caller gets it. Our frames are counted: behind one that is not there none may stand.
      done.catch((error) => { failed ??= asFailure(error) })
      return { done }
    } catch (error) {
      failed = asFailure(error)
      throw failed
    }
  }

  /** @param {Stream} to @param {Uint8Array} bytes @param {Keys | null} begins @returns {Promise<Uint8Array[]>} */
  async function sealed(to, bytes, begins) {
    const keys = to.keys = begins ?? /** @type {Keys} */ (to.keys)
    to.run ??= await newRun(keys, to.last)
    const frames = await sealFrames(keys, to.run, bytes)
    return begins ? [begins.head, ...frames] : frames
  }

  /** @param {Uint8Array} bytes */
  async function replace(bytes) {
    const { keys, run } = await begin()
    const rows = keys && run ? [keys.head, ...await sealFrames(keys, run, bytes)] : [bytes]
    await take(keys, run, bytes.byteLength, () => below.replace(rows))
  }

  /** @returns {Promise<{ keys: Keys | null, run: Run | null }>} of a new generation */
  async function begin() {
    const keys = await vault.create(name)
    return { keys, run: keys && await newRun(keys, null) }
  }

  /**
   * A new generation takes the place of the stream.
   * @param {Keys | null} keys @param {Run | null} run @param {number} total @param {() => Promise<void>} write
   */
  async function take(keys, run, total, write) {
    await known() // or it may be another's
    begun += 1
    await write()
    stream = { keys, empty: !keys && total === 0, last: null, torn: false, run }
    failed = null
    size = total
  }

  /** @returns {import("./contract.js").Draft} */
  function draft() {
    checkOpen()
    const rows = draftOf(below)
    /** @type {Awaited<ReturnType<typeof begin>> | null} */
    let made = null
    let total = 0

    /** @param {Uint8Array} bytes @returns {Promise<Uint8Array[]>} */
    async function pieces(bytes) {
      const first = made === null
      if (first) await known()
      made ??= await begin()
      const { keys, run } = made
      return keys && run ? [...(first ? [keys.head] : []), ...await sealFrames(keys, run, bytes)] : [bytes]
    }

    return {
      async add(bytes) {
        checkOpen()
        total += bytes.byteLength
        for (const piece of await pieces(bytes)) await rows.add(piece)
      },
      async commit(tail) {
        total += checkChunks(tail)
        checkOpen()
        if (isPlain() && !made?.keys) {
          begun += 1
          await rows.commit(tail)
          size = total
          return
        }
        const last = join(tail)
        await enqueue("replace", new Uint8Array(0), async () => {
          const sealed = await pieces(last)
          await take(made?.keys ?? null, made?.run ?? null, total, () => rows.commit(sealed))
        })
      },
      drop: () => rows.drop(),
    }
  }

  return {
    async *read() {
      checkOpen()
      const rows = below.read()[Symbol.asyncIterator]()
      /** @type {Promise<IteratorResult<Uint8Array>> | null} */
      let first = null
      // Behind what was handed over before; what comes later is not seen.
      if (working) await enqueue("call", new Uint8Array(0), async () => { first = rows.next(); first.catch(() => {}) })
      yield* readRows(resumed(first ?? rows.next(), rows))
    },

    async append(chunks) {
      const total = checkChunks(chunks)
      checkOpen()
      if (total === 0) return
      if (!isPlain()) return enqueue("append", join(chunks))
      size += total
      return below.append(chunks)
    },

    async replace(chunks) {
      const total = checkChunks(chunks)
      checkOpen()
      const bytes = join(chunks)
      if (!isPlain()) return enqueue("replace", new Uint8Array(0), () => replace(bytes))
      begun += 1
      await below.replace(chunks)
      size = total
    },

    draft,

    async flush() {
      checkOpen()
      if (!working) return failed ? Promise.reject(failed) : below.flush()
      return enqueue("call", new Uint8Array(0), () => failed ? Promise.reject(failed) : below.flush())
    },

    leave: () => below.leave?.(),
    standDown() {
      for (const { reject } of steps.splice(0)) reject(takenOver())
      below.standDown?.()
    },

    bytes: () => size,

    async close() {
      if (closed) return
      closed = true
      await working
      await below.close()
    },

    async destroy() {
      checkOpen()
      closed = true
      await working
      await below.destroy()
    },

    on: (event, listener) => below.on(event, listener),
  }
}

/** @param {unknown} error @returns {WeftError} */
function asFailure(error) {
  return isWeftError(error) ? error : new WeftError("STORAGE_FAILED", "what was written could not be encrypted", { cause: error })
}

/** @param {Keys} keys @param {Run["after"]} after @returns {Promise<Run>} */
async function newRun(keys, after) {
  const id = newId()
  return { id, next: 0, key: await keys.run(id), after }
}

/**
 * @param {Keys} keys
 * @param {Run} run
 * @param {Uint8Array} bytes
 */
function sealFrames(keys, run, bytes) {
  /** @type {Promise<Uint8Array>[]} */
  const frames = []
  for (let at = 0; at < bytes.byteLength; at += kMaxFramePlainBytes) {
    const plain = bytes.subarray(at, at + kMaxFramePlainBytes)
    const number = run.next++
    const bound = writeBound(keys.generation, { run: run.id, number }, run.after, plain.byteLength + kTagBytes)
    frames.push(seal(run.key, number, bound, plain).then((cipher) => join([bound, new Uint8Array(cipher)])))
  }
  return Promise.all(frames)
}

/**
 * @param {Promise<IteratorResult<Uint8Array>>} first
 * @param {AsyncIterator<Uint8Array>} rest
 * @returns {AsyncGenerator<Uint8Array, void>}
 */
async function* resumed(first, rest) {
  for (let step = await first; !step.done; step = await rest.next()) yield step.value
}
