/**
 * Writes until it is killed, and tells what it was promised (`globalThis.told`, which the test puts there): with every
 * write the graph's fingerprint, and up to which write all is safe. With `waits` every write is recorded outside before
 * the next is made; without, the page writes as fast as it can.
 */
import { weft } from "/dist/weft.js"

const task = () => new Promise((resolve) => setTimeout(resolve))
const pending = (db) => db.status().storage.pending

/** The next write; each way waits for its own promise and tells it. */
const ways = {
  /** Nothing waits: what is told is what `pending` says between tasks. */
  async pending(db, write) {
    for (let i = 0; ; i++) {
      const mark = write()
      if (i % 3 === 0) await task()
      if (pending(db) === 0) globalThis.told({ safe: mark })
      await write.told
    }
  },
  async flush(db, write) {
    for (let i = 0; ; i++) {
      let mark = write()
      for (let more = i % 7; more > 0; more--) mark = write()
      await db.flush()
      globalThis.told({ safe: mark })
      await write.told
    }
  },
  /** The promise of a put is enough. */
  async strict(db, write) {
    for (;;) {
      const mark = write()
      await write.last
      globalThis.told({ safe: mark })
      await write.told
    }
  },
  /** The journal is made anew again and again under the writing. */
  async compaction(db, write, { password }) {
    const anew = async () => { for (;;) await db.changePassword(password ?? null, password ?? null) }
    void anew()
    await ways.pending(db, write)
  },
  /** A whole state of others comes in, part by part. */
  async state(db, write, { file }) {
    await db.import(file())
    const mark = write()
    while (pending(db) > 0) await task()
    globalThis.told({ safe: mark, file: true })
    await ways.flush(db, write)
  },
  /** A peer's whole state comes in by WebRTC, part by part, is applied aside and packed into the journal; writes begin meanwhile. */
  async peer(db, write, { round, nodes }) {
    while (!db.sync.status().peers.some(({ received }) => received.full.messages > 0)) await task()
    globalThis.told({ coming: true })
    void (async () => {
      while (!(await db.get(`${round} peer ${nodes - 1}`)).result || pending(db) > 0) await task()
      globalThis.told({ peer: true })
    })()
    await ways.pending(db, write)
  },
}

/** The peer: holds a large state, keeps none of it. @returns its fingerprint */
globalThis.offer = async ({ name, round, options, peerNodes }) => {
  const db = globalThis.db = await weft(name, { password: options.password, rtc: options.rtc, storage: "memory", tabs: false })
  db.batch((tx) => { for (let i = 0; i < peerNodes; i++) tx.put({ i, text: "x".repeat(50) }, `${round} peer ${i}`) })
  while (db.status().fingerprint === null) await task()
  return db.status().fingerprint
}

/** What was killed meets its peer again. */
globalThis.rejoin = async ({ name, options }) => { globalThis.db = await weft(name, options) }
globalThis.ids = async () => (await globalThis.db.map()).results.map(({ id }) => id)

/** @param {{ name: string, way: keyof typeof ways, round: string, options: any, nodes: number }} plan */
globalThis.work = async ({ name, way, round, options, nodes, peerNodes, waits }) => {
  const tell = async (what) => { const heard = globalThis.told(what); if (waits) await heard }
  const source = await weft(`${name} file`, { storage: "memory", tabs: false })
  if (way === "state") source.batch((tx) => { for (let i = 0; i < nodes; i++) tx.put({ i, text: "x".repeat(100) }, `${round} file ${i}`) })
  const bytes = await source.export()
  await source.close()
  globalThis.told({ begins: true })
  const db = await weft(name, options)
  let count = 0
  function write() {
    write.last = db.put({ i: count, text: "x".repeat(count % 5 * 40) }, `${round} ${count}`)
    count++
    write.told = tell({ wrote: count, fingerprint: db.status().fingerprint })
    return count
  }
  await ways[way](db, write, { password: options.password, file: () => bytes, round, nodes: peerNodes })
}

/** What is there when it is opened again. */
globalThis.look = async ({ name, options }) => {
  const began = performance.now()
  const { rtc: _, ...alone } = options
  const db = await weft(name, { ...alone, durability: "relaxed" })
  const ms = performance.now() - began
  const { results } = await db.map()
  const { fingerprint, notices, storage } = db.status()
  await db.close()
  return { ids: results.map(({ id }) => id), right: results.every(({ id, value }) => id.endsWith(` ${value.i}`)), fingerprint, notices: notices.map(({ code }) => code), kind: storage.kind, ms }
}

globalThis.weft = weft
globalThis.ready = true
