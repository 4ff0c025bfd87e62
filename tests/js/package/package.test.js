/** The package as npm publishes it: packed, installed in an empty project without a network, and used there. */
import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { after, before, describe, test } from "node:test"
import { fileURLToPath } from "node:url"

const here = dirname(fileURLToPath(import.meta.url))
const root = resolve(here, "../../..")

describe("the packed package", () => {
  let home = ""
  let tarball = ""
  /** @type {string[]} */
  let files = []

  before(() => {
    home = mkdtempSync(join(tmpdir(), "weftdb-pack-"))
    // dist/ is built already: `--ignore-scripts` keeps prepack from asking again.
    const [packed] = JSON.parse(npm(root, "pack", "--json", "--ignore-scripts", "--pack-destination", home))
    tarball = join(home, packed.filename)
    files = packed.files.map(file => file.path).sort()
  })

  after(() => rmSync(home, { recursive: true, force: true }))

  test("holds what a user needs and nothing else", () => {
    for (const name of ["package.json", "README.md", "LICENSE", "CHANGELOG.md", "dist/weft.js", "dist/weft.global.js",
      "dist/weft-core.wasm", "dist/weft-crypto.wasm", "dist/index.d.ts"]) assert.ok(files.includes(name), `${name} is missing`)
    const others = files.filter(name => !name.startsWith("dist/") && !/^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(name))
    assert.deepEqual(others, [])
    assert.deepEqual(files.filter(name => !/\.(js|map|wasm|d\.ts|json|md)$|^LICENSE$/.test(name)), [])
  })

  test("has no dependencies of its own", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
    assert.deepEqual(manifest.dependencies ?? {}, {})
    assert.equal(manifest.scripts.postinstall, undefined)
  })

  test("installs offline and works in Node", () => {
    writeFileSync(join(home, "package.json"), JSON.stringify({ name: "user", version: "1.0.0", private: true, type: "module" }))
    npm(home, "install", "--offline", "--no-audit", "--no-fund", "--cache", join(home, "npm-cache"), tarball)
    copyFileSync(join(here, "use.mjs"), join(home, "use.mjs"))
    assert.match(node(home, "use.mjs"), /^used$/m)
  })
})

/** A hung child would hang the whole run, hence the limit. */
const execute = (command, args, cwd) => execFileSync(command, args, { cwd, encoding: "utf8", timeout: 60_000, stdio: ["ignore", "pipe", "pipe"] })
const node = (cwd, ...args) => execute(process.execPath, args, cwd)
const npm = (cwd, ...args) => execute("npm", args, cwd)
