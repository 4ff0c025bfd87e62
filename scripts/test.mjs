/**
 * `npm test`, and its parts: `npm run test:native | test:js | test:types | test:browser`, with further words for the
 * part's own runner: `npm run test:js -- tests/js/codec`, `npm run test:browser -- --project=firefox -g catches`.
 *
 * 1. Everything is set up first, as `npm start` does it.
 * 2. A failing part does not hide the others: all run, the exit code tells.
 * 3. The runners' own closing lines stand together at the end.
 */
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs"
import { join, relative } from "node:path"
import { build } from "./build.mjs"
import { runIsolated } from "./netns.mjs"
import { Stop, mustRun, root, run, runMain } from "./process.mjs"
import { ensureBrowsers, ensureNodeModules, ensureSystem } from "./setup.mjs"
import { prepareDependencies } from "../wasm/deps.mjs"

/** The sanitizers see what a release build forgives, and a release build shows what the sanitizers slow down. */
const nativePresets = ["asan", "native-release"]

/** Each part: what it needs on the machine, how it runs (`{ code, output }`), and its runner's closing lines. */
const parts = {
  native: { needs: ["build", "native"], run: testNative, closing: /^\d+% tests passed.*|^Total Test time.*|^== native.*/gm },
  js: { needs: ["build"], built: true, run: testJs, closing: /^(ℹ|#) (tests|pass|fail|cancelled|skipped|duration_ms) .*/gm },
  types: { needs: [], run: testTypes, closing: /^types: .*/gm },
  browser: { needs: ["build", "browser", "webkit"], built: true, run: testBrowser, closing: /^browser: .*/gm },
}

await runMain(async () => {
  const [name, ...words] = process.argv.slice(2)
  if (name && !parts[name]) throw new Stop(`There is no part ${name}; there are ${Object.keys(parts).join(", ")}.`)
  const chosen = Object.entries(parts).filter(([part]) => !name || part === name)
  await setUp(chosen.map(([, part]) => part))
  const results = []
  for (const [part, { run: test, closing }] of chosen) {
    console.log(`\n== test:${part}`)
    const began = Date.now()
    const { code, output } = await test(words)
    const lines = plain(output).match(closing) ?? [`${part}: its runner closed without a word`]
    results.push({ part, code, lines, seconds: Math.round((Date.now() - began) / 1000) })
  }
  for (const { part, code, lines, seconds } of results) {
    console.log(`\n== test:${part} ${code === 0 ? "passed" : `FAILED (exit code ${code})`} in ${seconds} s`)
    for (const line of lines) console.log(line)
  }
  return results.every(result => result.code === 0) ? 0 : 1
})

async function setUp(chosen) {
  await ensureSystem([...new Set(chosen.flatMap(part => part.needs))])
  await ensureNodeModules()
  if (chosen.includes(parts.browser)) await ensureBrowsers()
  if (chosen.some(part => part.built)) await build()
}

async function testNative(words) {
  if (!process.env.DEPS_DIR && !process.env.WEFT_FETCH_DEPS) prepareDependencies()
  const settings = process.env.DEPS_DIR ? [`-DDEPS_DIR=${process.env.DEPS_DIR}`] : process.env.WEFT_FETCH_DEPS ? ["-DWEFT_FETCH_DEPS=ON"] : []
  let code = 0
  let output = ""
  for (const preset of nativePresets) {
    if (!existsSync(join(root, "build", preset, "build.ninja"))) await mustRun("cmake", ["--preset", preset, ...settings])
    console.log(`Compiling ${preset} …`)
    const compiled = await run("cmake", ["--build", "--preset", preset])
    if (compiled.code !== 0) console.log(compiled.output)
    const tested = compiled.code === 0 ? await run("ctest", ["--preset", preset, "-j2", ...words], { echo: true }) : compiled
    code ||= tested.code
    output += `== native, ${preset}${compiled.code === 0 ? "" : ": did not compile"}\n${tested.output}`
  }
  return { code, output }
}

/** node:test in Node 20 takes no pattern, so the files are listed. Words that name a file or folder narrow the list. */
function testJs(words) {
  const paths = words.filter(word => !word.startsWith("-"))
  const files = (paths.length ? paths.map(path => join(root, path)) : [join(root, "tests/js")]).flatMap(testFiles)
  if (files.length === 0) throw new Stop(`No *.test.js below ${paths.join(", ") || "tests/js"}.`)
  const flags = words.filter(word => word.startsWith("-"))
  return runIsolated(process.execPath, ["--test", "--test-reporter=spec", "--test-concurrency=2", ...flags, ...files.map(file => relative(root, file))], { echo: true })
}

function testFiles(path) {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  const entries = readdirSync(path, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isFile() && entry.name.endsWith(".test.js")).map(entry => join(entry.parentPath ?? entry.path, entry.name)).sort()
}

/** The shim under strict checkJs, and the snippets of tests/types, where `@ts-expect-error` marks what must not compile. */
async function testTypes() {
  const { code, output } = await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "--noEmit", "--project", root, "--pretty", "false"])
  const errors = output.match(/ error TS\d+/g)?.length ?? 0
  const closing = `types: ${code === 0 ? 1 : 0} passed, ${errors} failed\n`
  process.stdout.write(output + closing)
  return { code, output: output + closing }
}

async function testBrowser(words) {
  const results = join(root, "build/browser-results.json")
  const tested = await runIsolated(process.execPath, [join(root, "node_modules/@playwright/test/cli.js"), "test", ...words],
    { echo: true, env: { PLAYWRIGHT_JSON_OUTPUT_NAME: results } })
  const stats = existsSync(results) ? JSON.parse(readFileSync(results, "utf8")).stats : null
  if (!stats) return { code: tested.code || 1, output: "" }
  const again = stats.flaky ? ` (${stats.flaky} of them at the second try)` : ""
  const closing = `browser: ${stats.expected + stats.flaky} passed${again}, ${stats.unexpected} failed, ${stats.skipped} skipped`
  return { code: tested.code, output: `${closing}\n` }
}

/** Without colour codes. */
function plain(text) {
  return text.replace(/\x1b\[[0-9;]*m/g, "")
}
