/**
 * Who may include or import whom, and a checker for it. docs/architecture.md tells the same in words.
 * Works on text, not on a parse: includes and imports stand at the start of a line in this project.
 */
import { readFileSync, readdirSync } from "node:fs"
import { dirname, join, posix, relative, sep } from "node:path"

/** Floors of src/, lowest first. Each sees itself and those before it; sync and net stand beside each other. */
const floors = ["base", "value", "clock", "log", "graph", "store", "index", "query", "access", "sync", "net", "core"]
const strangers = [["sync", "net"], ["net", "sync"]]

/** What the core must not know: browsers, the clock, threads, streams (100 KB of wasm). */
const bannedHeaders = /^(emscripten.*|iostream|thread|mutex|atomic|future|filesystem|fstream|random|ctime|time\.h)$/

/** Rooms of js/ that every other one may use. */
const shared = ["errors", "util", "codec"]

/** What each room may import besides itself and the shared ones. A room is a folder of js/ or a file beside them. */
const roomsMay = {
  index: ["database", "core"], // the core for where its wasm lies
  database: ["host", "core", "storage", "tabs", "signal", "rtc", "crypto"],
  host: ["core", "storage", "tabs", "signal", "rtc", "crypto"],
  core: [],
  storage: [],
  tabs: [],
  rtc: [],
  signal: ["crypto"],
  crypto: [],
  codec: [],
  errors: [],
  util: [],
}

/** Only these rooms may name a WebAssembly module. */
const wasmRooms = ["core", "crypto"]

/** Text files below `dir` as `[path with forward slashes, text]`, for the endings given. */
export function readTree(dir, endings) {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && endings.some(ending => entry.name.endsWith(ending)))
    .map(entry => join(entry.parentPath ?? entry.path, entry.name))
    .map(file => [relative(dir, file).split(sep).join("/"), readFileSync(file, "utf8")])
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Breaches of the floors, as lines a person can act on. `files`: `[["graph/node.h", text], …]` of src/. */
export function checkFloors(files) {
  const known = new Set(files.map(([path]) => path))
  return files.flatMap(([path, text]) => includesOf(text).flatMap(({ name, quoted }) => {
    if (!quoted) return bannedHeaders.test(name) ? [`src/${path} includes <${name}>, which the core must not know`] : []
    if (!known.has(name)) return [`src/${path} includes "${name}", which is not in src/ (write the path from src/)`]
    const [from, to] = [path.split("/")[0], name.split("/")[0]]
    if (!floors.includes(from)) return [`src/${path} lies in no known floor`]
    const below = floors.indexOf(to) <= floors.indexOf(from) && !strangers.some(([a, b]) => a === from && b === to)
    return below ? [] : [`src/${path} (${from}) includes "${name}" (${to}), which is not below it`]
  }))
}

/** Breaches of the rooms. `files`: `[["rtc/link.js", text], …]` of js/. */
export function checkRooms(files) {
  return files.flatMap(([path, text]) => {
    const room = roomOf(path)
    if (!(room in roomsMay)) return [`js/${path} lies in no known room`]
    const code = withoutComments(text)
    const breaches = importsOf(code).flatMap(name => checkImport(path, room, name))
    if (!wasmRooms.includes(room) && /\bWebAssembly\b/.test(code)) breaches.push(`js/${path} uses WebAssembly; only ${wasmRooms.join(" and ")} may`)
    return breaches
  })
}

function checkImport(path, room, name) {
  if (name.startsWith("#wasm/")) return wasmRooms.includes(room) ? [] : [`js/${path} imports ${name}; only ${wasmRooms.join(" and ")} may`]
  if (name.startsWith("node:")) return []
  if (!name.startsWith(".")) return [`js/${path} imports the package ${name}; the shim has no dependencies`]
  const target = posix.normalize(posix.join(dirname(path).split(sep).join("/"), name))
  if (target.startsWith("..")) return [`js/${path} imports ${name}, outside js/`]
  const to = roomOf(target)
  return to === room || shared.includes(to) && !isLowerShared(room, to) || roomsMay[room].includes(to) ? []
    : [`js/${path} (${room}) imports ${name} (${to}), which it may not know`]
}

/** Among the shared rooms themselves: errors knows none, util knows errors, codec knows both. */
const isLowerShared = (room, to) => shared.includes(room) && shared.indexOf(to) > shared.indexOf(room)

const roomOf = path => path.split("/")[0].replace(/(\.d)?\.[jt]s$/, "")

const includesOf = text => [...text.matchAll(/^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]/gm)]
  .map(([, bracket, name]) => ({ name, quoted: bracket === '"' }))

const importsOf = code => [...code.matchAll(/\b(?:import|export)\b[^"'`;()]*?\bfrom\s*["']([^"']+)["']|\bimport\s*\(?\s*["']([^"']+)["']/g)]
  .map(([, from, bare]) => from ?? bare)

/** Comments may say anything, JSDoc types too: a type is no dependency at run time. */
const withoutComments = text => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1")
