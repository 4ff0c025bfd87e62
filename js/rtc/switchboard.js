/**
 * Signalling messages of a peer that is known: which of them change anything, and which link they belong to.
 * calls.js has the rules; this is who keeps to them.
 */
import { judgeOffer } from "./calls.js"

const KEPT_EARLY_CALLS = 4

/**
 * @typedef {import("./known.js").Entry} Entry
 * @typedef {import("./calls.js").Description} Description
 * @typedef {import("./calls.js").Candidates} Candidates
 *
 * @param {{
 *   selfId: string,
 *   counters: import("./contract.js").MeshCounters,
 *   answerWith: (entry: Entry, call: number) => import("./link.js").Link | null,
 * }} options `answerWith` makes the link that answers a call, null when there are too many
 */
export function createSwitchboard({ selfId, counters, answerWith }) {
  /** @param {Entry} entry @param {Description} offer */
  function onOffer(entry, offer) {
    const { link } = entry
    const current = link && { call: link.call, dialed: link.dialed, open: link.isOpen }
    const verdict = judgeOffer({ selfId, peerId: entry.id, call: offer.call, current })
    if (verdict === "stale") counters.stale++
    else if (verdict !== "accept") link?.describeAgain()
    else accept(entry, offer)
  }

  /** @param {Entry} entry @param {Description} offer */
  function accept(entry, offer) {
    if (entry.link) {
      if (entry.link.dialed && !entry.link.isOpen) counters.glare++
      entry.link.close({ code: "replaced", message: "the peer called anew" })
    }
    const link = answerWith(entry, offer.call)
    if (!link) return
    counters.answered++
    const early = entry.early.get(offer.call)
    entry.early.clear()
    if (early) link.candidates(early)
    link.answer(offer)
  }

  /** @param {Entry} entry @param {Description} answer */
  function onAnswer(entry, answer) {
    const { link } = entry
    if (link?.dialed && link.call === answer.call && !link.isOpen) link.accept(answer)
    else counters.stale++
  }

  /** @param {Entry} entry @param {Candidates} message */
  function onCandidates({ link, early }, { call, dialed, candidates }) {
    if (link && link.call === call && link.dialed !== dialed) link.candidates(candidates)
    else if (dialed && call > (link?.call ?? 0) && early.size < KEPT_EARLY_CALLS && !early.has(call)) early.set(call, candidates)
    else counters.stale++
  }

  /** @param {Entry} entry @param {Description | Candidates} message */
  return function onMessage(entry, message) {
    if (message.type === "candidates") onCandidates(entry, message)
    else if (message.type === "offer") onOffer(entry, message)
    else onAnswer(entry, message)
  }
}
