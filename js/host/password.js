/**
 * Changes the password the store is kept with, for all tabs of the database.
 *
 * The tab that owns the store writes its whole state anew under the new password, with new keys: one `replace`, so that
 * whenever it is cut short all is old or all is new. Before that every tab is told the new password beside the old one,
 * and so can follow the owner whichever of them stands.
 *
 * Invariant: it is resolved only when what is stored opens with the new password, and with no other.
 */
import { WeftError, isWeftError } from "../errors.js"

/** Questions between tabs: do it, and how it stands. */
const ASK = "password"
const TOLD = "password-told"

/** A whole state is written meanwhile. */
const LIMIT_MS = 120_000
const TOLD_LIMIT_MS = 2000

/**
 * @typedef {{ old: string | null, next: string | null }} Change
 * @typedef {{ step: "prefer" | "settle" | "undo", next: string | null }} Told
 */

/**
 * @param {object} parts
 * @param {import("../storage/vault.js").Vault} parts.vault
 * @param {ReturnType<typeof import("./store.js").createStore>} parts.store
 * @param {import("../tabs/tabs.js").Tabs | null} parts.tabs
 */
export function createPasswordChange({ vault, store, tabs }) {
  /** @type {(() => void) | null} takes back what we were told to prefer */
  let undo = null
  /** @type {Promise<unknown>} one change at a time */
  let changing = Promise.resolve()

  /** @param {Told} told */
  function hear({ step, next }) {
    if (step === "prefer") undo = vault.prefer(next)
    else if (step === "settle") vault.settle()
    else undo?.()
    if (step !== "prefer") undo = null
  }

  /** A tab that does not answer is leaving. @param {Told} told */
  async function tell(told) {
    hear(told)
    await Promise.allSettled((tabs?.list() ?? []).map(({ id }) => tabs?.request(id, TOLD, told, { limitMs: TOLD_LIMIT_MS })))
  }

  /** @param {Change} change */
  async function changeHere({ old, next }) {
    checkOld(old)
    await tell({ step: "prefer", next })
    try {
      await store.renew()
    } catch (error) {
      await tell({ step: "undo", next })
      throw error
    }
    await tell({ step: "settle", next })
  }

  /** @param {string | null} old */
  function checkOld(old) {
    if (vault.isCurrent(old)) return
    throw old === null
      ? new WeftError("PASSWORD_REQUIRED", "this database has a password: old must be given", { path: "old" })
      : new WeftError("WRONG_PASSWORD", "old is not the password of this database", { path: "old" })
  }

  /** @param {Change} change */
  function inTurn(change) {
    const turn = changing.then(() => changeHere(change))
    changing = turn.catch(() => {}) // whoever asked hears of it
    return turn
  }

  const offs = tabs ? [
    tabs.handle(ASK, (_, change) => inTurn(/** @type {Change} */ (change))),
    tabs.handle(TOLD, (_, told) => hear(/** @type {Told} */ (told))),
  ] : []

  return {
    /** @param {string | null} old @param {string | null} next */
    async change(old, next) {
      checkOld(old)
      const owner = store.status().state === "follower" ? tabs?.owner() ?? null : null
      if (owner === null) return inTurn({ old, next })
      try {
        await tabs?.request(owner, ASK, { old, next }, { limitMs: LIMIT_MS })
      } catch (error) {
        if (!isWeftError(error, "LINK_LOST") && !isWeftError(error, "TIMEOUT")) throw error
        throw new WeftError(error.code, "the tab that owns the store ended meanwhile: the password is the old one or the new one", { cause: error })
      }
    },
    close() { for (const off of offs) off() },
  }
}
