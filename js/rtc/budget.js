/**
 * A budget that refills with time: `burst` at once, `perSecond` in the long run. Pure but for the clock it is given;
 * a clock that steps back refills nothing.
 *
 * @param {{ burst: number, perSecond: number, now: () => number }} options
 */
export function createBudget({ burst, perSecond, now }) {
  let left = burst
  let filledMs = now()

  return {
    /** @returns {boolean} false: there is nothing left of it */
    take() {
      const nowMs = now()
      left = Math.min(burst, left + (Math.max(0, nowMs - filledMs) / 1000) * perSecond)
      filledMs = nowMs
      if (left < 1) return false
      left--
      return true
    },
  }
}
