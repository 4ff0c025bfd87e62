/**
 * Fetches the third-party sources that the core is compiled with, natively and for WebAssembly alike,
 * into `build/deps/`. They come from Debian's archive and are never committed.
 *
 * 1. The machine's own apt settings and package lists are left alone: apt runs on a private state under
 *    `build/apt/`, with `deb-src` added to a copy of the machine's source list. No root is needed.
 * 2. Nothing is used that is not pinned: source tarballs by the SHA-256 of the file, header packages by the
 *    SHA-256 of the unpacked headers (the .deb itself differs from one architecture to another).
 * 3. It is idempotent: a stamp names the pins that were unpacked; while it holds, nothing is done.
 *
 * Use: `node wasm/deps.mjs`. Elsewhere: `cmake -DDEPS_DIR=…` (the same layout) or `-DWEFT_FETCH_DEPS=ON`.
 */
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..")

/** Debian 12 (bookworm). `unpack` names what is kept of the archive, `as` where it goes in `build/deps/`. */
const pins = [
  { as: "secp256k1", source: "libsecp256k1", file: "libsecp256k1_0.2.0.orig.tar.xz",
    sha256: "07c1d76fc485936138c6572e94374df22ba41df06617926572b8a690fe8bc34b" },
  { as: "zlib", source: "zlib", file: "zlib_1.2.13.dfsg.orig.tar.bz2",
    sha256: "71feb7947e3c00ef125f83b79a4e529bde31171e5babe48b391f06758d1ab0a1" },
  { as: "msgpack", headers: "libmsgpack-cxx-dev",
    sha256: "ec106897a0022ebe90a598adee816429641811c6c2e6ac1886350200ec2610be" },
  { as: "nlohmann", headers: "nlohmann-json3-dev",
    sha256: "acae7c824293a71c9e490d72579359b584948ba55dd8c5245c27e47963cfbfe7" },
]

const stampText = JSON.stringify(pins)

/** Brings `build/deps/` up to date. Returns true when something had to be fetched. */
export function prepareDependencies({ depsDir = join(root, "build/deps"), log = console.log } = {}) {
  const stamp = join(depsDir, "stamp.json")
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === stampText) return false
  log("Fetching the sources of libsecp256k1, zlib, msgpack-cxx and nlohmann_json …")
  rmSync(depsDir, { recursive: true, force: true })
  const downloads = join(root, "build/apt/downloads")
  mkdirSync(downloads, { recursive: true })
  const apt = privateApt(join(root, "build/apt"), downloads)
  apt("update")
  apt("source", "--download-only", ...pins.flatMap(pin => pin.source ?? []))
  apt("download", ...pins.flatMap(pin => pin.headers ?? []))
  for (const pin of pins) {
    const fresh = join(root, "build/apt/unpacked", pin.as)
    rmSync(fresh, { recursive: true, force: true })
    mkdirSync(fresh, { recursive: true })
    if (pin.source) unpackSource(pin, downloads, fresh)
    else unpackHeaders(pin, downloads, fresh)
    mkdirSync(depsDir, { recursive: true })
    renameSync(fresh, join(depsDir, pin.as))
  }
  writeFileSync(stamp, stampText)
  return true
}

/** An apt-get that reads and writes only below `home`, run in `workDir`. */
function privateApt(home, workDir) {
  for (const dir of ["sources", "lists/partial", "cache/archives/partial"]) mkdirSync(join(home, dir), { recursive: true })
  writeFileSync(join(home, "sources/debian.list"), "")
  for (const [name, text] of sourceLists()) writeFileSync(join(home, "sources", name), text)
  const settings = {
    "Dir::Etc::SourceList": "/dev/null",
    "Dir::Etc::SourceParts": join(home, "sources"),
    "Dir::State::Lists": join(home, "lists"),
    "Dir::Cache": join(home, "cache"),
    // As root apt would drop to a user who may not write here, and warn about it.
    "APT::Sandbox::User": process.getuid?.() === 0 ? "root" : "",
  }
  const options = Object.entries(settings).filter(([, value]) => value).flatMap(([key, value]) => ["-o", `${key}=${value}`])
  return (...words) => run("apt-get", ["-q", ...options, ...words], workDir)
}

/** The machine's Debian entries, with sources switched on. Third-party entries are left out: nothing of theirs is wanted. */
function sourceLists() {
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "bookworm"
  const ours = text => new RegExp(`(^|\\s)${codename}(-|\\s|$)`, "m").test(text)
  const lists = []
  const parts = "/etc/apt/sources.list.d"
  const files = ["/etc/apt/sources.list", ...(existsSync(parts) ? readdirSync(parts).map(name => join(parts, name)) : [])]
  for (const file of files.filter(existsSync)) {
    const text = readFileSync(file, "utf8")
    const name = relative("/etc/apt", file).replaceAll("/", "_")
    if (file.endsWith(".sources")) {
      const stanzas = text.split(/\n\s*\n/).filter(stanza => /^Types:/m.test(stanza) && ours(stanza))
      if (stanzas.length) lists.push([name, stanzas.map(stanza => stanza.replace(/^Types:.*$/m, "Types: deb deb-src")).join("\n\n") + "\n"])
    } else if (file.endsWith(".list")) {
      const lines = text.split("\n").filter(line => /^deb\s/.test(line) && ours(line))
      if (lines.length) lists.push([name, lines.flatMap(line => [line, line.replace(/^deb/, "deb-src")]).join("\n") + "\n"])
    }
  }
  return lists
}

function unpackSource(pin, downloads, target) {
  const archive = join(downloads, pin.file)
  const found = existsSync(archive) ? sha256(readFileSync(archive)) : "nothing"
  requirePin(pin, pin.file, found)
  run("tar", ["-xf", archive, "--strip-components=1", "-C", target], downloads)
}

function unpackHeaders(pin, downloads, target) {
  const deb = readdirSync(downloads).filter(name => name.startsWith(`${pin.headers}_`) && name.endsWith(".deb")).sort().at(-1)
  if (!deb) requirePin(pin, pin.headers, "nothing")
  run("dpkg-deb", ["-x", join(downloads, deb), join(target, "package")], downloads)
  cpSync(join(target, "package/usr/include"), join(target, "include"), { recursive: true })
  rmSync(join(target, "package"), { recursive: true })
  requirePin(pin, deb, treeDigest(join(target, "include")))
}

/** SHA-256 over every file's path and digest, in path order. */
function treeDigest(dir) {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  const lines = files.map(entry => {
    const path = join(entry.parentPath ?? entry.path, entry.name)
    return `${relative(dir, path)} ${sha256(readFileSync(path))}\n`
  })
  return sha256(lines.sort().join(""))
}

function requirePin(pin, name, found) {
  if (found === pin.sha256) return
  throw new Error(`${name}: SHA-256 ${pin.sha256} was expected, ${found} was found. This release of the system ships ` +
    "another version; give the sources with -DDEPS_DIR=… or let CMake fetch them with -DWEFT_FETCH_DEPS=ON.")
}

const sha256 = data => createHash("sha256").update(data).digest("hex")

function run(command, args, cwd) {
  const done = spawnSync(command, args, { cwd, encoding: "utf8", env: { ...process.env, LC_ALL: "C" } })
  if (done.error) throw new Error(`${command} could not be started: ${done.error.message}`)
  if (done.status !== 0) throw new Error(`${command} ${args.at(-1)} failed:\n${done.stdout}${done.stderr}`)
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    console.log(prepareDependencies() ? "Dependencies are ready in build/deps." : "Dependencies were ready.")
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
