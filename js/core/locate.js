/**
 * Where the package's `.wasm` files are: beside the file that was loaded, be it an ES module (`import.meta.url`) or the
 * script-tag build, where the bundler puts the script's own address in its place.
 */

/**
 * @param {string} fileName
 * @returns {Promise<string | Uint8Array>} an address, or in Node the bytes
 */
export async function locateBeside(fileName) {
  const url = new URL(fileName, import.meta.url)
  return url.protocol === "file:" ? readFile(url) : url.href
}

/** By path, so that the file is the same array for every database. @type {Map<string, Promise<Uint8Array>>} */
const read = new Map()

/** @param {URL} url */
function readFile(url) {
  let bytes = read.get(url.href)
  if (!bytes) {
    bytes = import("node:fs/promises").then((fs) => fs.readFile(url))
    read.set(url.href, bytes)
    bytes.catch(() => read.delete(url.href))
  }
  return bytes
}
