/**
 * The Worker of the OPFS store: one for each open store, a file of its own beside the package (`dist/weft-opfs.js`),
 * since a page's Content-Security-Policy may allow nothing else. It does what opfs.js asks, one thing after the other.
 */

import { WeftError } from "../errors.js"
import { createFiles } from "./opfs-files.js"
import { isNamed, openFolder, removeFolder } from "./opfs-folder.js"

const kRetryMs = 10

/** @type {ReturnType<typeof createFiles> | null} */
let files = null
/** @type {BroadcastChannel | null} */
let channel = null
let name = ""
/** States on their way here, in pieces. @type {Map<number, Uint8Array[]>} */
const drafts = new Map()
/** @type {Promise<unknown>} */
let last = Promise.resolve()

/** @type {Record<string, (given: any) => Promise<any>>} */
const operations = {
  async open(given) {
    name = given
    const folder = /** @type {FileSystemDirectoryHandle} */ (await openFolder(name, { create: true }))
    channel = new BroadcastChannel(`weft:opfs:${name}`)
    const wanted = channel
    files = createFiles(folder, { askForFile: () => wanted.postMessage("wanted"), fenced: (lost) => postMessage({ lost }) })
    channel.onmessage = ({ data }) => {
      if (data === "wanted") queue(async () => files?.release())
    }
    return files.begin()
  },
  read: (boats) => opened().read(boats),
  rescue: (boats) => opened().rescue(boats),
  /** The page may be frozen from now on. */
  async release() { files?.release() },
  append: (bytes) => opened().append(bytes),
  replace: (bytes) => opened().replace([bytes]),
  /** @param {{ number: number, bytes: Uint8Array | null }} piece null: the draft is dropped */
  async draft({ number, bytes }) {
    if (bytes) drafts.set(number, [...drafts.get(number) ?? [], bytes])
    else drafts.delete(number)
  },
  /** @param {{ number: number, tail: Uint8Array }} last */
  async commit({ number, tail }) {
    const pieces = drafts.get(number) ?? []
    drafts.delete(number)
    return opened().replace([...pieces, tail])
  },
  flush: () => opened().flush(),
  async close() {
    files?.release()
    channel?.close()
  },
  /** @param {number} limitMs */
  async destroy(limitMs) {
    await operations.close(undefined)
    const deadline = performance.now() + limitMs
    while (true) {
      try {
        return await removeFolder(name)
      } catch (error) {
        if (!isNamed(error, "NoModificationAllowedError", "InvalidModificationError", "InvalidStateError")) throw error
        if (performance.now() > deadline) throw new WeftError("TIMEOUT", `the store was not deleted within ${limitMs} ms: something else holds it open`)
        await new Promise((resolve) => setTimeout(resolve, kRetryMs))
      }
    }
  },
}

function opened() {
  if (!files) throw new WeftError("INTERNAL", "the store is not open")
  return files
}

/** @template T @param {() => Promise<T>} run @returns {Promise<T>} */
function queue(run) {
  const done = last.then(run)
  last = done.catch(() => {})
  return done
}

globalThis.onmessage = (/** @type {MessageEvent} */ { data: { id, operation, given } }) => {
  queue(() => operations[operation](given)).then(
    (result) => postMessage({ id, result }, /** @type {any} */ (result instanceof Uint8Array ? [result.buffer] : [])),
    (error) => postMessage({ id, error: { code: error instanceof WeftError ? error.code : null, name: error?.name, message: String(error?.message ?? error) } }),
  )
}
