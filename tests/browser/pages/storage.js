// Puts the modules of storage and tabs within reach of the tests, and a tiny replica that uses them all.
import * as choose from "/js/storage/choose.js"
import * as indexeddb from "/js/storage/indexeddb.js"
import * as localstorage from "/js/storage/localstorage.js"
import * as memory from "/js/storage/memory.js"
import * as opfs from "/js/storage/opfs.js"
import * as port from "/js/storage/opfs-port.js"
import * as owner from "/js/storage/owner.js"
import * as sealed from "/js/storage/sealed-store.js"
import * as vault from "/js/storage/vault.js"
import * as lifecycle from "/js/tabs/lifecycle.js"
import * as tabs from "/js/tabs/tabs.js"
import * as acceptance from "/tests/js/storage/acceptance.js"
import { createTinyReplica, wordsIn } from "/tests/js/storage/tiny_replica.js"

/** A tab of the database `name` as the host makes one. */
async function openReplica(name, options = {}) {
  const channel = tabs.createTabs({ name, protocol: 1 })
  const ownership = owner.createOwnership({ name })
  const openStore = () => indexeddb.createIndexedDbStorage().open(name)
  const replica = createTinyReplica({ openStore, ownership, tabs: channel, ...options })
  const page = lifecycle.createLifecycle()
  page.on("hide", () => { void replica.journal.flush() })
  page.on("leave", () => { replica.journal.suspend(); channel.suspend() })
  page.on("return", () => { channel.resume(); replica.journal.resume() })
  await replica.journal.open()
  return {
    journal: replica.journal,
    tabs: channel,
    states: replica.states,
    add: replica.add,
    words: () => [...replica.words].sort(),
    async close() { await replica.close(); channel.close(); page.close() },
  }
}

/** The acceptance suite on a store. @param {"opfs" | "indexeddb" | "localstorage" | "memory"} kind */
function accept(kind) {
  const storages = {
    opfs: () => opfs.createOpfsStorage(),
    indexeddb: () => indexeddb.createIndexedDbStorage(),
    // One case has more than what is allowed; the browser's own quota has room for one such.
    localstorage: () => localstorage.createLocalStorageStorage({ limitBytes: 4_000_000 }),
    memory: () => memory.createMemoryStorage(),
  }
  return acceptance.runAcceptance(storages[kind](), async () => localStorage.clear())
}

Object.assign(globalThis, { weft: { ...choose, ...indexeddb, ...localstorage, ...memory, ...opfs, ...port, ...owner, ...sealed, ...vault, ...tabs, ...acceptance, accept, wordsIn, openReplica } })
globalThis.ready = true
