/** A folder of the origin's private file system, as far as the OPFS store uses it, in memory; some of it fails. */

export function createFakeFolder() {
  /** @type {Map<string, Uint8Array>} */
  const files = new Map()
  /** @type {Set<string>} */
  const locked = new Set()
  const faults = { shortReads: 0 }

  /** @param {string} name */
  const named = (name) => Object.assign(new Error(name), { name })

  /** @param {string} name */
  async function createSyncAccessHandle(name) {
    if (locked.has(name)) throw named("NoModificationAllowedError")
    locked.add(name)
    const bytes = () => files.get(name) ?? new Uint8Array(0)
    return {
      /** @param {Uint8Array} from @param {{ at: number }} where */
      write(from, { at }) {
        const grown = new Uint8Array(Math.max(bytes().length, at + from.length))
        grown.set(bytes())
        grown.set(from, at)
        files.set(name, grown)
        return from.length
      },
      /** @param {Uint8Array} into @param {{ at: number }} where */
      read(into, { at }) {
        const short = faults.shortReads > 0 && faults.shortReads--
        const part = bytes().subarray(at, at + (short ? into.length >> 1 : into.length))
        into.set(part)
        return part.length
      },
      /** @param {number} size */
      truncate(size) {
        const cut = new Uint8Array(size)
        cut.set(bytes().subarray(0, size))
        files.set(name, cut)
      },
      getSize: () => bytes().length,
      flush() {},
      close: () => locked.delete(name),
    }
  }

  const folder = {
    files, faults,
    async *keys() { yield* [...files.keys()] },
    /** @param {string} name @param {{ create?: boolean }} [how] */
    async getFileHandle(name, { create = false } = {}) {
      if (!files.has(name) && !create) throw named("NotFoundError")
      if (!files.has(name)) files.set(name, new Uint8Array(0))
      return {
        createSyncAccessHandle: () => createSyncAccessHandle(name),
        getFile: async () => new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (files.get(name))]),
      }
    },
    /** @param {string} name */
    async removeEntry(name) {
      if (locked.has(name)) throw named("NoModificationAllowedError")
      if (!files.delete(name)) throw named("NotFoundError")
    },
  }
  return /** @type {typeof folder & FileSystemDirectoryHandle} */ (/** @type {unknown} */ (folder))
}
