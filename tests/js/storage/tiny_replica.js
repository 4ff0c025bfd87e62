/**
 * The smallest thing that is a replica and a host at once: a set of words that only grows, journaled as lines, synced
 * with the other tabs as the real host does it (everything at "tab", then what is new). With it the journal, the stores
 * and the tabs are tried together, in Node and in browsers, without the core.
 */

import { createJournal } from "../../../js/storage/journal.js"

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * @param {Omit<import("../../../js/storage/journal.js").JournalOptions, "load" | "snapshot"> & { load?: (rows: AsyncIterable<Uint8Array>) => Promise<void> }} options
 */
export function createTinyReplica(options) {
  const { tabs } = options
  /** @type {Set<string>} */
  const words = new Set()
  /** @type {string[]} */
  const states = []
  /** @type {string[]} */
  const errors = []
  let loads = 0

  /** @param {AsyncIterable<Uint8Array>} rows */
  async function load(rows) {
    loads += 1
    let text = ""
    const stream = new TextDecoder()
    for await (const row of rows) text += stream.decode(row, { stream: true })
    for (const word of text.split("\n")) if (word !== "") words.add(word)
  }

  const journal = createJournal({
    load,
    snapshot: () => inPairs([...words]),
    ...options,
  })
  journal.on("state", (state) => states.push(state))
  journal.on("error", (error) => errors.push(error.code))

  /** @param {string[]} some */
  const lines = (some) => encoder.encode(some.map((word) => `${word}\n`).join(""))

  /** A slice for every two. @param {string[]} all */
  function inPairs(all) {
    const slices = []
    for (let at = 0; at < all.length; at += 2) slices.push(lines(all.slice(at, at + 2)))
    return slices
  }

  /** The one door. @param {string[]} some @returns {string[]} those that are new */
  function apply(some) {
    const fresh = some.filter((word) => word !== "" && !words.has(word))
    for (const word of fresh) words.add(word)
    return fresh
  }

  const offs = tabs ? [
    tabs.on("tab", (id) => { tabs.send(id, lines([...words])) }),
    tabs.on("bytes", (_, bytes) => {
      const fresh = apply(decoder.decode(bytes).split("\n"))
      if (fresh.length > 0) journal.write(lines(fresh))
    }),
  ] : []

  return {
    journal,
    words,
    states,
    errors,
    get loads() { return loads },
    /** @param {string[]} some */
    add(...some) {
      const fresh = apply(some)
      if (fresh.length === 0) return
      tabs?.broadcast(lines(fresh))
      journal.write(lines(fresh))
    },
    async close() {
      try { await journal.close() } finally { for (const off of offs) off() }
    },
  }
}

/** What a store holds. @param {import("../../../js/storage/contract.js").Store} store */
export async function wordsIn(store) {
  let text = ""
  for await (const row of store.read()) text += decoder.decode(row)
  return text.split("\n").filter((word) => word !== "")
}
