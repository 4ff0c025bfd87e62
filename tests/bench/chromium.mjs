// The bench in Chromium, with its stores behind it: prints one line of JSON. Started by run.mjs, isolated.
//   node tests/bench/chromium.mjs database|queries|sync|stores 1000:5 10000:5
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { build } from "esbuild"
import { chromium } from "@playwright/test"
import { chromiumOptions } from "../../scripts/browsers.mjs"
import { root, runMain } from "../../scripts/process.mjs"
import { serve } from "../../scripts/serve.mjs"
import { measureNewPage, measurePeers } from "./peers.mjs"
import { measureMemory } from "./store_memory.mjs"

const folder = join(root, "build/bench")

const [subject, ...pairs] = process.argv.slice(2)

await runMain(async () => {
  mkdirSync(folder, { recursive: true })
  await build({
    absWorkingDir: root, entryPoints: ["tests/bench/page.js"], bundle: true, format: "esm", target: "es2022", platform: "browser",
    external: ["node:*", "/dist/*"], outfile: join(folder, "page.js"), logLevel: "warning",
  })
  const site = await serve({
    folders: { "/dist/": join(root, "dist"), "/bench/": folder, "/": join(root, "tests/bench/site") },
    // Isolated pages have a clock of 5 µs instead of 100.
    headers: { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" },
  })
  const browser = await chromium.launch(launchOptions())
  try {
    const tables = []
    let loaded = 0
    for (const [nodes, rounds] of pairs.map(pair => pair.split(":").map(Number))) {
      console.error(`Chromium, ${nodes} nodes …`)
      const page = await browser.newPage()
      page.setDefaultTimeout(0)
      page.on("pageerror", error => console.error(error))
      await page.goto(site.url)
      await page.waitForFunction(() => "bench" in globalThis)
      loaded = await page.evaluate(() => /** @type {any} */ (globalThis).loaded)
      const rows = await page.evaluate(([word, size, count]) => /** @type {any} */ (globalThis).bench[word](size, count), [subject, nodes, rounds])
      tables.push({ nodes, rows })
      await page.close()
    }
    console.log(`\n${JSON.stringify({ version: browser.version(), loadedMs: loaded, tables, ...await measureBeside(browser, site.url) })}`)
  } finally {
    await browser.close()
    await site.close()
  }
})

/** What has pages of its own. @param {import("@playwright/test").Browser} browser @param {string} url */
async function measureBeside(browser, url) {
  if (subject === "sync") return { peers: await measureNewPage(browser, url) }
  if (subject === "database") return { peers: await measurePeers(browser, url) }
  if (subject !== "stores") return {}
  const page = await browser.newPage()
  page.setDefaultTimeout(0)
  await page.goto(url)
  await page.waitForFunction(() => "bench" in globalThis)
  const writes = await page.evaluate(() => /** @type {any} */ (globalThis).bench.storeWrites())
  await page.close()
  const memory = []
  for (const nodes of pairs.map(pair => Number(pair.split(":")[0]))) memory.push(...await measureMemory(browser, url, nodes))
  return { writes, peers: memory }
}

/** Memory is told at once, not when the browser next collects. */
function launchOptions() {
  const options = chromiumOptions()
  return { ...options, args: [...options.args, "--enable-blink-features=ForceEagerMeasureMemory"] }
}
