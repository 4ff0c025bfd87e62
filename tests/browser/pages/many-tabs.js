/**
 * One of many tabs: writes a few times a task, all the time, and tells a record outside how many of its writes are safe
 * (`globalThis.told`, which the test puts there), when it came to own the store, and how late its timers are.
 */
import { weft } from "/dist/weft.js"
import { decode } from "/js/codec/index.js"
import { chooseStorage } from "/js/storage/choose.js"

const kPauseMs = 250
const kLookMs = 50

const task = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

globalThis.work = async (tab, watch) => {
  const line = new WebSocket(`${watch}${tab}`) // ends with this tab
  line.onmessage = ({ data }) => line.send(data)
  await new Promise((resolve) => { line.onopen = resolve })
  const db = globalThis.db = await weft("many")
  let wrote = 0
  let stop = false

  const writing = (async () => {
    while (!stop) {
      for (let few = 1 + wrote % 3; few > 0; few--) db.put({ i: wrote }, `t${tab} ${wrote++}`)
      const began = performance.now()
      await task(kPauseMs)
      const safe = db.status().storage.pending === 0 ? wrote : 0 // between tasks: what is not pending is promised
      globalThis.told({ tab, safe, lag: performance.now() - began - kPauseMs })
    }
  })()
  void (async () => {
    while (db.status().storage.state !== "owner") await task(kLookMs)
    globalThis.told({ tab, owner: Date.now() })
  })()
  // The other promise, in the midst of the writing of all: it waits for what was written before it, not for rest.
  const flushing = (async () => {
    while (!stop) {
      const mark = wrote
      await db.flush()
      globalThis.told({ tab, safe: mark })
      await task(4 * kPauseMs)
    }
  })()

  globalThis.rest = async () => {
    stop = true
    await Promise.all([writing, flushing])
    await db.flush()
    return wrote
  }
}

/** What lies in the store while nobody has the database open: how many operations, and those that stand there twice. */
globalThis.inStore = async () => {
  const choice = await chooseStorage(undefined)
  const store = await choice.open("many")
  const chunks = []
  for await (const chunk of store.read()) chunks.push(chunk)
  await store.close()
  const found = operations(new Uint8Array(await new Blob(chunks).arrayBuffer())).map((operation) => JSON.stringify(operation))
  const seen = new Set()
  return { operations: found.length, twice: found.filter((operation) => seen.size === seen.add(operation).size) }
}

/** The journal's frames (docs/protocol.md, "The journal"), without those that a large full state would bring. */
function operations(stream) {
  const view = new DataView(stream.buffer)
  const found = []
  for (let at = 0; at < stream.length; at += 8 + view.getUint32(at, true)) {
    const record = stream.subarray(at + 8, at + 8 + view.getUint32(at, true))
    if (record[0] === 2) found.push(...decode(record.subarray(2)))
    if (record[0] === 5) found.push(...decode(record.subarray(2))[0])
  }
  return found
}

globalThis.weft = weft
globalThis.ready = true
