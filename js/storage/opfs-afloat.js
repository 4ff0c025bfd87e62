/**
 * What the page has given to the OPFS store's Worker and not heard of again, in order, to be put into a lifeboat when
 * the page leaves; and what others left.
 *
 * Invariants
 * 1. Everything that flies belongs behind `place`: the Worker answers in the order of the questions.
 * 2. What is given behind a replace that mends (rows are missing in what it replaces, or nobody knows) counts only with
 *    it, so it is in no boat.
 *
 * @typedef {import("./lifeboat.js").Boat} Boat
 * @typedef {import("./lifeboat.js").Place} Place
 * @typedef {{ payload: Uint8Array | null, mends: boolean }} Flying  null: a replace
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
    /** @param {Place} next */
    arrivedAt(next) { place = next },

    /**
     * @param {Uint8Array | null} payload null: a replace
     * @param {boolean} [whole] nothing is missing in what it replaces
     * @returns {(place: Place | null) => void} to be called when the Worker answered; null: it failed
     */
    gave(payload, whole = true) {
      const one = { payload, mends: payload === null && !(whole && sound) }
      flying.push(one)
      sound ||= payload !== null
      return (next) => {
        flying.splice(flying.indexOf(one), 1)
        place = next ?? place
        sound = next !== null
        if (flying.length === 0) lifeboats.recall()
      }
    },

    /** Puts it into a boat. */
    launch() {
      const upTo = flying.findIndex(({ mends }) => mends)
      const counts = upTo < 0 ? flying : flying.slice(0, upTo)
      const first = counts.findIndex(({ payload }) => payload === null)
      const payloads = counts.flatMap(({ payload }) => payload ?? [])
      if (place && payloads.length > 0) lifeboats.launch({ place, replaced: first < 0 ? null : first, payloads })
    },

    findOthers: () => others = lifeboats.list(),
    takeOthers: () => others.splice(0),
  }
}
