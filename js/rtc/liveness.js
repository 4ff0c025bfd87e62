/**
 * Whether a link is alive. Pure: it is told the time, what was heard and how much has left this machine.
 *
 * Browsers call a connection "connected" long after the other page froze or vanished, and a large transfer can keep the
 * line too full for any answer. So a link is dead only when, for `deadMs`, nothing was heard AND nothing of what waits
 * here got away. Silence alone, after `idleMs`, asks for a ping.
 *
 * Invariants
 * 1. A link on which bytes arrive, or from whose backlog bytes leave, is never dead.
 * 2. This page's own sleep (a laptop lid, a frozen tab) is not held against the peer: it gets a fresh `deadMs - idleMs`.
 */

// Below this much a backlog proves nothing: our own pings leave this machine too, towards a dead peer as well.
const BACKLOG_BYTES = 1_024
// On a fast line the backlog may be gone whenever we look. This much never leaves unacknowledged: it is more than the
// windows and buffers of any SCTP stack here.
const PROOF_BYTES = 4 * 1024 * 1024

/**
 * @param {{ idleMs: number, deadMs: number, tickMs: number }} limits
 * @param {number} startMs
 */
export function createLiveness({ idleMs, deadMs, tickMs }, startMs) {
  let heardMs = startMs
  let tickedMs = startMs
  let pingedMs = -Infinity
  let backlog = 0
  let drained = 0
  let proved = 0

  return {
    /** @param {number} nowMs something arrived */
    heard(nowMs) {
      heardMs = nowMs
    },
    /** @param {number} nowMs since something was heard, or got away */
    quietMs(nowMs) {
      return nowMs - heardMs
    },
    /**
     * @param {number} nowMs
     * @param {{ handed: number, buffered: number }} traffic bytes ever handed to the channels, and those still in them
     * @returns {"ok" | "ping" | "dead"}
     */
    tick(nowMs, { handed, buffered }) {
      const slept = nowMs - tickedMs > Math.max(3 * tickMs, idleMs)
      const progress = (backlog > BACKLOG_BYTES && handed - buffered > drained) || handed - buffered - proved >= PROOF_BYTES
      tickedMs = nowMs
      backlog = buffered
      drained = handed - buffered
      if (progress) {
        heardMs = nowMs
        proved = drained
      }
      if (slept) heardMs = Math.max(heardMs, nowMs - idleMs)
      const quiet = nowMs - heardMs
      if (quiet >= deadMs) return "dead"
      if (quiet < idleMs || nowMs - pingedMs < idleMs) return "ok"
      pingedMs = nowMs
      return "ping"
    },
  }
}
