// What stands beside the stores: OPFS and IndexedDB with nothing around them.

/** A file, written by a Worker that answers each write. @param {string} name */
export async function openRawFile(name) {
  const worker = new Worker("/raw-opfs.js")
  /** @param {object} message @returns {Promise<void>} */
  const ask = (message) => new Promise((resolve) => { worker.onmessage = () => resolve(); worker.postMessage(message) })
  await ask({ open: name })
  return {
    /** @param {Uint8Array} bytes @param {boolean} flush */
    write: (bytes, flush) => ask({ bytes, flush }),
    close: () => worker.terminate(),
  }
}

/** An object store with a key for each node. @param {string} name */
export async function openRawDatabase(name) {
  const opening = indexedDB.open(name, 1)
  opening.onupgradeneeded = () => { opening.result.createObjectStore("nodes") }
  const database = await requested(opening)
  return {
    /** @param {[string, unknown][]} entries @param {IDBTransactionDurability} durability */
    put(entries, durability) {
      const transaction = database.transaction(["nodes"], "readwrite", { durability })
      const nodes = transaction.objectStore("nodes")
      for (const [id, value] of entries) nodes.put(value, id)
      transaction.commit()
      return new Promise((resolve, reject) => {
        transaction.oncomplete = () => resolve(undefined)
        transaction.onabort = () => reject(transaction.error)
      })
    },
    getAll: () => requested(database.transaction(["nodes"]).objectStore("nodes").getAll()),
    close: () => database.close(),
    async destroy() {
      database.close()
      await requested(indexedDB.deleteDatabase(name))
    },
  }
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function requested(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
