/**
 * Rows that are on their way into the IndexedDB store, a transaction for each, while the rows in force are appended to.
 *
 * They stand under negative keys, below every key that is there: `base + 1`, `base + 2`, … with the numbers 1, 2, … of
 * their run. `commit` deletes everything above them and writes `base`, the row of number 0, with which they count.
 *
 * Invariants
 * 1. Rows of a draft that was not committed never count: their run has no first row. They are deleted by `drop`, or
 *    else with the next commit.
 * 2. `commit` looks whether all of them are still there: a page that slept while another replaced the rows fails.
 */

import { WeftError } from "../errors.js"
import { kInlineRowBytes } from "./contract.js"
import { finished, kRows, storageError } from "./idb.js"

/** Room for the rows of one draft, far more than a store can hold. */
const kDraftKeys = 2 ** 24

/**
 * @param {IDBDatabase} database
 * @param {string} run
 */
export function beginDraft(database, run) {
  /** Below every other key; null: not looked up yet. @type {number | null} */
  let base = null
  let rows = 0

  /**
   * @param {string} what
   * @param {boolean} big
   * @param {(store: IDBObjectStore, transaction: IDBTransaction) => void} change
   */
  async function transact(what, big, change) {
    try {
      const transaction = database.transaction([kRows], "readwrite", { durability: big ? "strict" : "relaxed" })
      const done = finished(transaction, what)
      change(transaction.objectStore(kRows), transaction)
      await done
    } catch (error) {
      throw error instanceof WeftError ? error : storageError(error, what)
    }
  }

  /**
   * Looked up where nothing is changed: a page that is stopped in the midst of a transaction of its own keeps all others
   * waiting. Should two look at once, the second to write finds its keys taken, and fails.
   */
  async function lookUp() {
    if (base !== null) return base
    try {
      const transaction = database.transaction([kRows], "readonly")
      const request = transaction.objectStore(kRows).openKeyCursor()
      await finished(transaction, "read the keys")
      const least = request.result?.key
      return base = Math.min(0, typeof least === "number" ? least : 0) - kDraftKeys
    } catch (error) {
      throw error instanceof WeftError ? error : storageError(error, "read the keys")
    }
  }

  /** @param {number} from */
  const keys = (from) => IDBKeyRange.bound(from + 1, from + rows)

  return {
    get rows() { return rows },

    /** @param {Uint8Array} bytes */
    async add(bytes) {
      const n = ++rows
      const from = await lookUp()
      await transact("write a new state", bytes.byteLength > kInlineRowBytes, (store, transaction) => {
        store.add({ key: from + n, run, n, bytes })
        transaction.commit()
      })
    },

    /** @param {Uint8Array[]} tail @param {number} epoch names the replace */
    async commit(tail, epoch) {
      /** @type {WeftError | null} */
      let missing = null
      const big = tail.some((row) => row.byteLength > kInlineRowBytes)
      await transact("replace the rows", big, (store, transaction) => {
        const finish = () => {
          store.add({ key: base ?? 0, run, n: 0, bytes: new Uint8Array(0), resets: true, epoch })
          for (const [i, bytes] of tail.entries()) store.add({ run, n: 1 + rows + i, bytes })
          transaction.commit()
        }
        if (base === null) { // nothing was added
          store.clear()
          return finish()
        }
        const from = base
        const counting = store.count(keys(from))
        counting.onsuccess = () => {
          if (counting.result !== rows) {
            missing = new WeftError("STORAGE_FAILED", "the rows were replaced by another while a new state was written")
            return transaction.abort()
          }
          store.delete(IDBKeyRange.lowerBound(from + rows, true))
          finish()
        }
      }).catch((error) => { throw missing ?? error })
    },

    async drop() {
      const from = base
      if (from === null || rows === 0) return
      await transact("drop a new state", false, (store) => { store.delete(keys(from)) })
    },
  }
}
