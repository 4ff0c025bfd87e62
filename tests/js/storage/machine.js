/** A machine for the journal's tests: tabs that open, write, close and crash, on one disk that fails on command. */
import { after } from "node:test"
import { createMemoryStorage } from "../../../js/storage/memory.js"
import { createOwnership } from "../../../js/storage/owner.js"
import { createTabs } from "../../../js/tabs/tabs.js"
import { createFakeBrowser, until } from "../tabs/fake_browser.js"
import { createFailing } from "./failing_store.js"
import { createTinyReplica, wordsIn } from "./tiny_replica.js"

/** Those of a test that failed would keep the process. @type {Set<{ crash: () => void }>} */
const open = new Set()
after(() => { for (const tab of open) tab.crash() })

/** One machine: a disk, a browser, and tabs on it. */
export function createMachine() {
  const disk = createMemoryStorage()
  const failing = createFailing(disk.open)
  const browser = createFakeBrowser()
  return {
    browser, disk,
    control: failing.control,
    onDisk: async () => {
      const store = await disk.open("db")
      const words = (await wordsIn(store)).sort()
      await store.close()
      return [...new Set(words)]
    },
    /** @param {Partial<Parameters<typeof createTinyReplica>[0]>} [options] */
    async openTab(options = {}) {
      const tab = browser.openTab()
      const tabs = createTabs({ name: "db", protocol: 1, ...tab })
      const ownership = createOwnership({ name: "db", locks: tab.locks })
      const life = { over: false }
      const openStore = async () => mortal(await failing.open("db"), life)
      const replica = createTinyReplica({ openStore, ownership, tabs, saveDelayMs: 20, flushLimitMs: 20_000, ...options })
      await replica.journal.open()
      const opened = {
        ...replica,
        tabs, ownership,
        freeze: tab.freeze,
        thaw: tab.thaw,
        /** Ends without a word: nothing it does from now on reaches anyone, and its timers stop. */
        crash() {
          open.delete(opened)
          life.over = true
          tab.crash()
          void replica.journal.destroy()
          tabs.close()
        },
        async close() {
          await replica.close()
          tabs.close()
          open.delete(opened)
        },
        holds: (/** @type {string[]} */ ...words) => words.every((word) => replica.words.has(word)),
      }
      open.add(opened)
      return opened
    },
  }
}

/**
 * The store of a tab: once its life is over nothing it asks for is done, nor answered.
 * @param {import("../../../js/storage/contract.js").Store} store
 * @param {{ over: boolean }} life
 * @returns {import("../../../js/storage/contract.js").Store}
 */
function mortal(store, life) {
  const never = () => new Promise(() => {})
  return {
    ...store,
    append: (chunks) => life.over ? never() : store.append(chunks),
    replace: (chunks) => life.over ? never() : store.replace(chunks),
    flush: () => life.over ? never() : store.flush(),
    destroy: async () => { if (!life.over) await store.destroy() },
  }
}

/** @typedef {Awaited<ReturnType<ReturnType<typeof createMachine>["openTab"]>>} Tab */

/** @param {ReturnType<typeof createMachine>} machine @param {number} count @param {Parameters<typeof machine.openTab>[0]} [options] */
export async function openTabs(machine, count, options) {
  /** @type {Tab[]} */
  const tabs = []
  for (let i = 0; i < count; i++) tabs.push(await machine.openTab(options))
  await until(() => tabs.every(({ tabs: own }) => own.list().length === count - 1), "all know each other")
  return tabs
}
