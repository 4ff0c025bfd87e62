/**
 * `npm run kill -- [--rounds N] [--tabs N] [--browser chromium|firefox] [--seed S] [--storage a,b] [--ways a,b]`: browsers that
 * are killed while they write (tests/browser/kill.spec.js), in a network of their own; `--tabs`: the twenty tabs that end in
 * any order (tests/browser/many-tabs.spec.js), so often.
 */
import { join } from "node:path"
import { build } from "./build.mjs"
import { runIsolated } from "./netns.mjs"
import { Stop, root, runMain } from "./process.mjs"
import { ensureBrowsers, ensureNodeModules, ensureSystem } from "./setup.mjs"

const specs = { rounds: "tests/browser/kill.spec.js", tabs: "tests/browser/many-tabs.spec.js" }

await runMain(async () => {
  const options = readWords(process.argv.slice(2))
  await ensureSystem(["build", "browser"])
  await ensureNodeModules()
  await ensureBrowsers()
  await build()
  const chosen = Object.keys(specs).filter(name => options[name])
  if (chosen.length === 0) throw new Stop("How often? --rounds N, --tabs N")
  const words = ["test", ...chosen.map(name => specs[name]), "--retries=0", ...(options.browser ? [`--project=${options.browser}`] : [])]
  const env = { WEFT_KILL_ROUNDS: options.rounds ?? "1", WEFT_KILL_TABS: options.tabs ?? "0", ...(options.seed && { WEFT_KILL_SEED: options.seed }), ...(options.storage && { WEFT_KILL_STORAGE: options.storage }), ...(options.ways && { WEFT_KILL_WAYS: options.ways }) }
  return (await runIsolated(process.execPath, [join(root, "node_modules/@playwright/test/cli.js"), ...words], { echo: true, env })).code
})

function readWords(words) {
  const options = { rounds: null, tabs: null, browser: null, seed: null, storage: null, ways: null }
  while (words.length) {
    const name = words.shift().replace(/^--/, "")
    if (!(name in options)) throw new Stop(`There is no --${name}; there are --${Object.keys(options).join(", --")}.`)
    options[name] = words.shift()
  }
  return options
}
