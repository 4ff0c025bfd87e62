/**
 * Where a database's generation files are: one folder of the origin's private file system.
 *
 *   /weft/<SHA-256 of the name, hex>/<epoch>.weft
 *
 * Names are hashed because file systems have rules of their own for names, and ours have none.
 */

import { WeftError } from "../errors.js"
import { kHeaderBytes, readGeneration, readHeader } from "./opfs-format.js"

const kRoot = "weft"

/** How often something that changes is looked at, and how long the later looks wait for each other. */
const kLooks = 60
const kLooksAtOnce = 20
const kLookMs = 10

/** What reading a file that changes meanwhile fails with; the last is Firefox's. */
const kChanged = ["NotFoundError", "NotReadableError", "AbortError"]

/** @typedef {{ epoch: number, bodyBytes: number, store: number, size: number, file: File }} Generation */

/** @param {string} name */
export async function folderName(name) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(name))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("")
}

/**
 * @param {string} name
 * @param {{ create: boolean }} how
 * @returns {Promise<FileSystemDirectoryHandle | null>} null: there is none
 */
export async function openFolder(name, { create }) {
  const root = await navigator.storage.getDirectory()
  try {
    const weft = await root.getDirectoryHandle(kRoot, { create })
    return await weft.getDirectoryHandle(await folderName(name), { create })
  } catch (error) {
    if (!create && isNamed(error, "NotFoundError")) return null
    throw error
  }
}

/** Fails with NoModificationAllowedError while someone holds a file of it. @param {string} name */
export async function removeFolder(name) {
  const root = await navigator.storage.getDirectory()
  const weft = await root.getDirectoryHandle(kRoot, { create: true })
  await weft.removeEntry(await folderName(name), { recursive: true }).catch((error) => {
    if (!isNamed(error, "NotFoundError")) throw error
  })
}

/** @param {number} epoch */
export const fileName = (epoch) => `${epoch}.weft`

/** @param {FileSystemDirectoryHandle} folder @returns {Promise<number[]>} of every file there, newest first */
export async function listEpochs(folder) {
  const epochs = []
  for await (const key of /** @type {any} */ (folder).keys()) {
    const match = /^([1-9][0-9]{0,9})\.weft$/.exec(key)
    if (match) epochs.push(Number(match[1]))
  }
  return epochs.sort((a, b) => b - a)
}

/**
 * The generation in force: the newest that is whole. Works whoever holds the file.
 * @param {FileSystemDirectoryHandle} folder
 * @returns {Promise<Generation | null>} null: there is none (yet)
 */
export async function findGeneration(folder) {
  let damaged = false
  for (const epoch of await listEpochs(folder)) {
    const file = await (await folder.getFileHandle(fileName(epoch))).getFile()
    const header = readHeader(new Uint8Array(await file.slice(0, kHeaderBytes).arrayBuffer()), epoch)
    if (typeof header === "object") return { epoch, ...header, size: file.size, file }
    if (header === "damaged") damaged = true
  }
  if (damaged) throw new WeftError("CORRUPT_STORE", "the header of the store's file cannot be read")
  return null
}

/**
 * What the generation in force holds, as `findGeneration` finds it: its file read in one go. Works whoever holds it.
 * @param {FileSystemDirectoryHandle} folder
 */
export async function readInForce(folder) {
  for (const epoch of await listEpochs(folder)) {
    const file = await (await folder.getFileHandle(fileName(epoch))).getFile()
    const bytes = new Uint8Array(await file.arrayBuffer())
    const header = readHeader(bytes.subarray(0, kHeaderBytes), epoch)
    if (typeof header === "object") return { ...readGeneration(bytes.subarray(kHeaderBytes), header.bodyBytes), epoch, store: header.store }
    if (header === "damaged") await findGeneration(folder) // an older one is in force, or it says that none is
  }
  return null
}

/** @param {unknown} error @param {...string} names */
export function isNamed(error, ...names) {
  return names.includes(/** @type {any} */ (error)?.name)
}

/**
 * What was looked at changed meanwhile (a file was replaced, removed or grew): look again.
 * @template T
 * @param {() => Promise<T>} look
 * @returns {Promise<T>}
 */
export async function again(look) {
  for (let looks = 1; ; looks++) {
    try {
      return await look()
    } catch (error) {
      if (looks === kLooks || !isNamed(error, ...kChanged)) throw error
    }
    if (looks >= kLooksAtOnce) await new Promise((resolve) => setTimeout(resolve, kLookMs))
  }
}
