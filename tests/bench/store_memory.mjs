// What a fresh page takes that opens a database, in time and in memory, beside an empty page.
import { note } from "./world.js"

/**
 * @param {import("@playwright/test").Browser} browser
 * @param {string} url
 * @param {number} nodes
 */
export async function measureMemory(browser, url, nodes) {
  const context = await browser.newContext()
  await context.addInitScript(keepMemories)
  const open = async (/** @type {string} */ address) => {
    const page = await context.newPage()
    page.setDefaultTimeout(0)
    await page.goto(address)
    return page
  }
  const openBench = async () => {
    const page = await open(url)
    await page.waitForFunction(() => "bench" in globalThis)
    return page
  }
  try {
    const writer = await openBench()
    await writer.evaluate(async (count) => {
      const { weft, note: make } = /** @type {any} */ (globalThis)
      const db = await weft("bench-memory", { tabs: false })
      await db.batch((/** @type {any} */ tx) => { for (let i = 0; i < count; i++) tx.put(make(i), `note-${i}`) })
      await db.close()
    }, nodes)
    await writer.close()
    const blank = await open(`${url}empty.html`)
    const empty = await bytesOf(blank)
    await blank.close()
    const page = await openBench()
    const ms = await page.evaluate(async (last) => {
      /** @type {any} */ (globalThis).memories.length = 0 // of the database that the bench's page opened first, and destroyed
      const began = performance.now()
      const db = await /** @type {any} */ (globalThis).weft("bench-memory", { tabs: false })
      const { result } = await db.get(last)
      if (!result) throw new Error("nothing came back")
      Object.assign(globalThis, { db })
      return performance.now() - began
    }, `note-${nodes - 1}`)
    const full = await bytesOf(page)
    return [
      { name: `a fresh page opens ${nodes.toLocaleString("en")} nodes of ${JSON.stringify(note(nodes / 2)).length} bytes of JSON, from the call of weft() to the first get`, value: `${ms.toFixed(0)} ms` },
      { name: "memory of that page above an empty one", value: `${((full - empty) / 1e6).toFixed(1)} MB` },
    ]
  } finally {
    await context.close()
  }
}

/** In the page: the browser does not count what WebAssembly modules have, so each one's memory is kept to be asked. */
function keepMemories() {
  const memories = /** @type {any} */ (globalThis).memories = /** @type {WebAssembly.Memory[]} */ ([])
  const instantiate = /** @type {any} */ (WebAssembly.instantiate)
  WebAssembly.instantiate = /** @type {any} */ (async (/** @type {any[]} */ ...given) => {
    const made = await instantiate(...given)
    for (const entry of Object.values((made.instance ?? made).exports)) if (entry instanceof WebAssembly.Memory) memories.push(entry)
    return made
  })
}

/** As the browser counts it after collecting, and what the modules have. @param {import("@playwright/test").Page} page */
async function bytesOf(page) {
  const client = await page.context().newCDPSession(page)
  await client.send("HeapProfiler.collectGarbage")
  const bytes = await page.evaluate(async () => {
    const { memories } = /** @type {any} */ (globalThis)
    const counted = (await /** @type {any} */ (performance).measureUserAgentSpecificMemory()).bytes
    return memories.reduce((/** @type {number} */ sum, /** @type {WebAssembly.Memory} */ { buffer }) => sum + buffer.byteLength, counted)
  })
  await client.detach()
  return bytes
}
