/**
 * The question between tabs: "is what I wrote safe?". A follower asks, the owner of the store answers once that is so.
 *
 * It is true because a tab's messages arrive in order: the operations were posted before the question, so they are with
 * the owner, went through its `write`, and are in its store (or on the device) when it answers.
 */

import { isWeftError } from "../errors.js"

/** The name of the question; its payload is `{ device: boolean }`: flushed, or only saved? */
const kAsk = "journal"

/** The answers of one that is not the owner any more: its successor is to be asked. */
const kMovedOn = /** @type {const} */ (["LINK_LOST", "PEER_NOT_FOUND", "STORAGE_UNAVAILABLE"])

/**
 * @param {object} options
 * @param {import("../tabs/tabs.js").Tabs} options.tabs
 * @param {import("./progress.js").Progress} options.progress
 * @param {number} options.limitMs
 * @param {() => boolean} options.isFollower
 * @param {(from: string, device: boolean) => Promise<void>} options.answer
 * @param {(level: "warn" | "debug", text: string) => void} options.log
 */
export function createConfirmations({ tabs, progress, limitMs, isFollower, answer, log }) {
  let asking = false
  const offs = [
    tabs.handle(kAsk, (from, payload) => answer(from, /** @type {any} */ (payload)?.device === true)),
    // Whoever comes, goes or changes may be the owner we wait for.
    ...(/** @type {const} */ (["tab", "info", "gone"])).map((name) => tabs.on(name, () => {
      progress.changed()
      askSoon()
    })),
  ]

  /**
   * @param {boolean} device
   * @returns {Promise<boolean>} false: there is no owner to ask just now
   */
  async function ask(device) {
    const owner = tabs.owner()
    if (!owner) return false
    const target = progress.written
    try {
      await tabs.request(owner, kAsk, { device }, { limitMs })
    } catch (error) {
      if (kMovedOn.some((code) => isWeftError(error, code))) return false
      throw error
    }
    if (device) progress.flushed(target)
    else progress.saved(target)
    return true
  }

  /** Asks without being waited for, one question at a time, until nothing is pending. */
  function askSoon() {
    if (asking || progress.pending === 0 || !isFollower()) return
    asking = true
    queueMicrotask(async () => {
      try {
        while (isFollower() && progress.pending > 0) {
          const seen = progress.version
          // Answered, and more was written meanwhile; or lost with its owner, whose successor may have been known before.
          if (!(await ask(false)) && progress.version === seen) break
        }
      } catch (error) {
        log("debug", `the owner of the store did not confirm: ${error instanceof Error ? error.message : error}`)
      } finally {
        asking = false
      }
    })
  }

  return {
    ask,
    askSoon,
    close() { for (const off of offs.splice(0)) off() },
  }
}
