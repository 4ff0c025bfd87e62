/**
 * Finds, compiles and instantiates the core's WebAssembly module.
 *
 * Invariants
 * 1. A file is compiled once however many databases a page opens. Each database has an instance of its own: its memory
 *    goes when the database is closed, and one that breaks takes no other along.
 * 2. What goes wrong is a WASM_FAILED that names the file.
 */
import createModule from "#wasm/core"
import { WeftError } from "../errors.js"

/** @typedef {import("./glue.js").CoreModule} CoreModule */
/** @typedef {(fileName: string) => string | Uint8Array | Promise<string | Uint8Array>} Locate  a URL, or the file itself */

const FILE_NAME = "weft-core.wasm"

/** By address. @type {Map<string, Promise<WebAssembly.Module>>} */
const compiled = new Map()
/** Of files that came as bytes. @type {WeakMap<Uint8Array, Promise<WebAssembly.Module>>} */
const compiledBytes = new WeakMap()

/**
 * @param {Locate} locate
 * @param {import("./platform.js").Platform} platform
 * @returns {Promise<CoreModule>} a fresh instance
 */
export async function instantiateCore(locate, platform) {
  if (typeof WebAssembly !== "object") throw new WeftError("WASM_FAILED", "this host has no WebAssembly")
  const module = await compile(locate)
  try {
    return await instantiate(module, platform)
  } catch (error) {
    throw new WeftError("WASM_FAILED", `${FILE_NAME} could not be started: ${String(error)}`, { cause: error })
  }
}

/** @param {Locate} locate */
async function compile(locate) {
  try {
    const place = await locate(FILE_NAME)
    if (typeof place === "string") return await once(compiled, place, () => compileFrom(place))
    return await once(compiledBytes, place, () => WebAssembly.compile(/** @type {BufferSource} */ (place)))
  } catch (error) {
    throw new WeftError("WASM_FAILED", `${FILE_NAME} could not be loaded: ${String(error)}`, { cause: error })
  }
}

/**
 * What fails is forgotten, so that opening can be tried again.
 * @template K
 * @param {{ get: (key: K) => Promise<WebAssembly.Module> | undefined, set: (key: K, value: Promise<WebAssembly.Module>) => unknown, delete: (key: K) => unknown }} cache
 * @param {K} key
 * @param {() => Promise<WebAssembly.Module>} make
 */
function once(cache, key, make) {
  const known = cache.get(key)
  if (known) return known
  const made = make()
  cache.set(key, made)
  made.catch(() => cache.delete(key))
  return made
}

/** @param {string} url */
async function compileFrom(url) {
  const response = await fetch(url, { credentials: "same-origin" })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  // A server that does not know the type application/wasm forbids streaming, no more.
  const streams = response.headers.get("content-type")?.startsWith("application/wasm")
  return streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer())
}

/** @param {WebAssembly.Module} module @param {import("./platform.js").Platform} platform @returns {Promise<CoreModule>} */
function instantiate(module, platform) {
  return new Promise((resolve, reject) => {
    createModule({
      instantiateWasm(imports, receive) {
        WebAssembly.instantiate(module, imports).then((instance) => receive(instance, module)).catch(reject)
        return {}
      },
      platform,
      // Only a broken invariant prints (WEFT_CHECK), just before it ends the instance.
      print: (text) => console.error(text),
      printErr: (text) => console.error(text),
    }).then(resolve, reject)
  })
}
