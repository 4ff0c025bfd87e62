/**
 * A budget that refills with time: `burst` at once, `perSecond` in the long run. Pure but for the clock it is given;
 * a clock that steps back refills nothing.
 *
 * @typedef {ReturnType<typeof createBudget>} Budget
 *
 * @param {{ burst: number, perSecond: number, now: () => number }} options
 */
export function createBudget({ burst, perSecond, now }) {
  let left = burst
  /** Granted beyond the burst; the latest grant counts. */
  let extra = 0
  let filledMs = now()

  let frozen = false

  /** What there would be, were it filled now. */
  const filled = () => Math.min(burst, left + (Math.max(0, now() - filledMs) / 1000) * perSecond)

  function fill() {
    if (frozen) return
    left = filled()
    filledMs = now()
  }

  return {
    /** @returns {boolean} false: there is nothing left of it */
    take() {
      fill()
      if (left >= 1) left--
      else if (extra >= 1) extra--
      else return false
      return true
    },
    /** As much beyond the burst as so much time is worth. @param {number} ms */
    grant(ms) {
      extra = (ms / 1000) * perSecond
    },
    /** While frozen it does not refill; thawed, it has what that time was worth. @param {boolean} value */
    freeze(value) {
      fill()
      frozen = value
      fill()
    },
    /** The part that was left after the last `take`, 0 to 1. */
    get share() {
      return left / burst
    },
    /** How long until that part is there, or would be if it were not frozen. @param {number} share */
    msUntil: (share) => Math.max(0, ((share * burst - filled()) / perSecond) * 1000),
  }
}
