// The bench in Chromium, with IndexedDB behind it: prints one line of JSON. Started by run.mjs, isolated.
//   node tests/bench/chromium.mjs database|queries|sync 1000:5 10000:5
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { build } from "esbuild"
import { chromium } from "@playwright/test"
import { chromiumOptions } from "../../scripts/browsers.mjs"
import { root, runMain } from "../../scripts/process.mjs"
import { serve } from "../../scripts/serve.mjs"
import { measureNewPage, measurePeers } from "./peers.mjs"

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
  const browser = await chromium.launch(chromiumOptions())
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
    const peers = subject === "queries" ? undefined : subject === "sync" ? await measureNewPage(browser, site.url) : await measurePeers(browser, site.url)
    console.log(`\n${JSON.stringify({ version: browser.version(), loadedMs: loaded, tables, peers })}`)
  } finally {
    await browser.close()
    await site.close()
  }
})
