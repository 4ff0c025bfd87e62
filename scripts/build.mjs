/**
 * Builds what is published, into `dist/`:
 *   weft.js, *-HASH.js   ES modules (the crypto glue is a chunk of its own, loaded when rtc is on)
 *   weft.global.js       for a script tag: defines `globalThis.weft` and `globalThis.gdb`
 *   weft-opfs.js         the Worker of the OPFS store, whole in one file; for both
 *   weft-core.wasm, weft-crypto.wasm   found beside whichever of the two was loaded
 *   index.d.ts
 *
 * The steps: dependencies → WebAssembly (CMake) → bundles (esbuild). Each does only what is out of date, and when
 * no input has changed since the last build nothing is started at all.
 *
 * `import.meta.url` in js/ means "the address of the file that was loaded": esbuild leaves it in the ES modules, and
 * in the script-tag build it becomes the script's own address.
 */
import { createHash } from "node:crypto"
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { prepareDependencies } from "../wasm/deps.mjs"
import { Stop, isMain, mustRun, root, runMain } from "./process.mjs"
import { ensureNodeModules, ensureSystem } from "./setup.mjs"

const dist = join(root, "dist")
const stampFile = join(root, "build/dist.stamp")
const preset = "wasm-release"
const modules = ["weft-core", "weft-crypto"]

/** Brings `dist/` up to date. Returns true when something was built. */
export async function build({ log = console.log } = {}) {
  const stamp = inputDigest()
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp && outputsExist()) return false
  await buildWasm(log)
  log("Bundling …")
  await bundle()
  writeFileSync(stampFile, stamp)
  return true
}

/** One digest over path, size and time of every input file. */
function inputDigest() {
  const hash = createHash("sha256")
  for (const input of ["CMakeLists.txt", "CMakePresets.json", "package.json", "package-lock.json", "js", "src", "wasm", "scripts/build.mjs"]) {
    for (const file of filesBelow(join(root, input))) {
      const { size, mtimeMs } = statSync(file)
      hash.update(`${relative(root, file)} ${size} ${mtimeMs}\n`)
    }
  }
  return hash.digest("hex")
}

function filesBelow(path) {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  const entries = readdirSync(path, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath ?? entry.path, entry.name)).sort()
}

const outputsExist = () =>
  ["weft.js", "weft.global.js", "weft-opfs.js", ...modules.map(name => `${name}.wasm`)].every(name => existsSync(join(dist, name)))

/** The WebAssembly modules, in `build/wasm-release/`. */
export async function buildWasm(log = console.log) {
  const settings = []
  if (process.env.DEPS_DIR) settings.push(`-DDEPS_DIR=${process.env.DEPS_DIR}`)
  else if (process.env.WEFT_FETCH_DEPS) settings.push("-DWEFT_FETCH_DEPS=ON")
  else prepareDependencies({ log })
  const built = join(root, "build", preset)
  if (!existsSync(join(built, "build.ninja"))) {
    log("Configuring the WebAssembly build …")
    await mustRun("cmake", ["--preset", preset, ...settings])
  }
  log("Compiling the core to WebAssembly …")
  await mustRun("cmake", ["--build", "--preset", preset])
  for (const name of modules) {
    if (!existsSync(join(built, `${name}.wasm`))) throw new Stop(`The build made no ${name}.wasm.`)
  }
}

/** dist/ is made beside its place and then moved there, so that a server or test never sees half of it. */
async function bundle() {
  const esbuild = await import("esbuild")
  const fresh = join(root, "build/dist-new")
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(fresh, { recursive: true })
  const common = {
    absWorkingDir: root, bundle: true, minify: true, sourcemap: true, sourcesContent: false, target: "es2022",
    platform: "browser", external: ["node:*"], legalComments: "none", logLevel: "warning",
    banner: { js: `/* weftdb ${version()}, MIT */` },
  }
  await esbuild.build({
    ...common, entryPoints: { weft: "js/index.js" }, format: "esm", splitting: true, outdir: fresh, chunkNames: "[name]-[hash]",
  })
  await esbuild.build({ ...common, entryPoints: { "weft-opfs": "js/storage/weft-opfs.js" }, format: "esm", outdir: fresh })
  await esbuild.build({
    ...common, stdin: { contents: globalEntry, resolveDir: root, sourcefile: "weft.global.js" }, format: "iife",
    outfile: join(fresh, "weft.global.js"),
    define: { "import.meta.url": "weftScriptUrl" },
    // The block keeps the name out of the page's globals. In a worker there is no document, only its own address.
    banner: { js: `${common.banner.js}\n{const weftScriptUrl=globalThis.document?.currentScript?.src||globalThis.location?.href;` },
    footer: { js: "}" },
  })
  for (const name of modules) copyFileSync(join(root, "build", preset, `${name}.wasm`), join(fresh, `${name}.wasm`))
  if (existsSync(join(root, "js/index.d.ts"))) copyFileSync(join(root, "js/index.d.ts"), join(fresh, "index.d.ts"))
  rmSync(dist, { recursive: true, force: true })
  renameSync(fresh, dist)
}

const globalEntry = `
import * as api from "./js/index.js"
globalThis.weft = Object.assign(api.weft, api)
globalThis.gdb = api.weft
`

const version = () => JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version

if (isMain(import.meta)) {
  await runMain(async () => {
    await ensureSystem(["build"])
    await ensureNodeModules()
    console.log(await build() ? "dist/ is built." : "dist/ was up to date.")
  })
}
