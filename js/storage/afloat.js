/**
 * What a store was given and has not acknowledged, in order, to be put into a lifeboat when the page leaves; and what
 * others left.
 *
 * Invariants
 * 1. Everything that flies belongs behind `place`: what was given is acknowledged in its order.
 * 2. What is given behind a replace that mends (rows are missing in what it replaces, or nobody knows) counts only with
 *    it, so it is in no boat.
 *
 * @typedef {import("./lifeboat.js").Boat} Boat
 * @typedef {import("./lifeboat.js").Place} Place
 * @typedef {{ payloads: Uint8Array[] | null, mends: boolean }} Flying  the frames of an append; null: a replace
 */

/**
 * @param {ReturnType<typeof import("./lifeboat.js").createLifeboats>} lifeboats
 * @param {Place | null} place behind it all that is flying belongs; null: not known yet
 */
export function createAfloat(lifeboats, place) {
  /** @type {Flying[]} */
  const flying = []
  /** Something of ours went well: what we gave is all that is there since. */
  let sound = false
  /** @type {Boat[]} */
  let others = []

  return {
    /** Nothing flies, or that was not known yet. @param {Place} next */
    arrivedAt(next) { place = next },

    /**
     * @param {Uint8Array[] | null} payloads null: a replace
     * @param {boolean} [whole] nothing is missing in what it replaces
     * @returns {(place: Place | null) => void} to be called with its answer; null: it failed
     */
    gave(payloads, whole = true) {
      const one = { payloads, mends: payloads === null && !(whole && sound) }
      flying.push(one)
      sound ||= payloads !== null
      return (next) => {
        flying.splice(flying.indexOf(one), 1)
        place = next ?? place
        sound = next !== null
        if (sound && flying.length === 0) lifeboats.recall()
      }
    },

    /** Puts it into a boat. */
    launch() {
      const upTo = flying.findIndex(({ mends }) => mends)
      const counts = upTo < 0 ? flying : flying.slice(0, upTo)
      const first = counts.findIndex(({ payloads }) => payloads === null)
      const appends = counts.flatMap(({ payloads }) => payloads ? [payloads] : [])
      const replaced = first < 0 ? null : appends.slice(0, first).flat().length
      if (place && appends.length > 0) lifeboats.launch({ place, replaced, appends })
    },

    findOthers: () => others = lifeboats.list(),
    takeOthers: () => others.splice(0),
  }
}
