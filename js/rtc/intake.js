/**
 * Reading in slices: the frames of all pipes of a mesh are read in turn, for at most `sliceMs` in one task, so that no
 * flood can take the page's time away from the page.
 *
 * A frame that comes while nothing of its pipe waits and the slice has time left is read at once: a quiet link never
 * waits. Else it waits, and is charged its bytes and `frameOverheadBytes`.
 *
 * The sender is told to hold when `holdBytes` wait, and when more frames come than a page can bear: each is a task of the
 * browser's before anything here can choose, so what counts is how many there are, not what they hold. One that goes on
 * sending all the same uses up `maxInboxBytes` or its budget of frames. No honest one does: it sends small frames at half
 * that pace (pipe.js), what a network holds up fits into the burst, and what came while this page itself stood still is
 * not held against anyone.
 *
 * Invariants
 * 1. The frames of one pipe are read in the order they came, none while it is paused.
 * 2. Between two slices there is a task for everyone else; pipes take turns, a few frames each.
 * 3. What waits for one pipe never costs more than `maxInboxBytes`.
 * 4. A reader that has ended has no timer.
 */
import { createTaskEnd } from "../util/task-end.js"
import { createBudget } from "./budget.js"

/** One turn of a pipe while others wait too. */
const TURN_FRAMES = 64
/** With less of its frames' budget than this a sender is told to hold, with more than that to go on. */
const HURRIED = 1 / 2
const AT_EASE = 3 / 4

/**
 * @typedef {ReturnType<typeof createIntake>} Intake
 * @typedef {ReturnType<Intake["reader"]>} Reader
 *
 * @typedef {object} Hooks
 * @property {(frame: Uint8Array) => void} read
 * @property {(holding: boolean) => void} hold  the sender is to send no more, or to go on
 * @property {() => void} flooded  it sent more than may wait; nothing is read any more
 */

/** @param {{ limits: import("./limits.js").RtcLimits, now: () => number }} options */
export function createIntake({ limits, now }) {
  /** @type {{ turn: () => void }[]} who has something to read, whose turn is next first */
  const turns = []
  const taskEnd = createTaskEnd(nextSlice)
  /** @type {Set<import("./budget.js").Budget>} every reader's */
  const budgets = new Set()
  let spentMs = 0
  let awakeMs = now()
  let closed = false

  /** This page runs. When it did not for longer than its ticker takes, everyone may have sent that long. */
  function awake() {
    const nowMs = now()
    const stoodMs = nowMs - awakeMs - limits.tickMs
    awakeMs = nowMs
    if (stoodMs > 0) for (const budget of budgets) budget.grant(stoodMs)
  }

  const hasTime = () => spentMs < limits.sliceMs

  function nextSlice() {
    spentMs = 0
    while (turns.length > 0 && hasTime()) turns.shift()?.turn()
    if (turns.length > 0 || !hasTime()) taskEnd.schedule()
  }

  /** @param {() => void} work */
  function spend(work) {
    const beganMs = now()
    work()
    spentMs += now() - beganMs
    if (!hasTime()) taskEnd.schedule()
  }

  /** @param {Hooks} hooks */
  function reader({ read, hold, flooded }) {
    /** @type {(Uint8Array | (() => void))[]} frames, and what is to be done once all before it is read */
    let waiting = []
    let at = 0
    let waitingBytes = 0
    let paused = false
    const frames = createBudget({ burst: limits.frameBurst, perSecond: limits.framesPerSecond, now })
    budgets.add(frames)
    /** @type {ReturnType<typeof setTimeout> | null} while the sender holds because it was too fast */
    let calming = null
    let backlogged = false
    let holding = false
    let inTurn = false
    let ended = false

    const isEmpty = () => at === waiting.length
    const mayRead = () => !ended && !paused && !closed

    function decideHold() {
      if (ended) return
      backlogged = waitingBytes > (backlogged ? limits.holdBytes / 4 : limits.holdBytes)
      if (calming === null && frames.share < HURRIED) calming = setTimeout(calm, frames.msUntil(AT_EASE))
      if (holding === (paused || backlogged || calming !== null)) return
      holding = !holding
      frames.freeze(holding) // who holds sends nothing new, at whatever pace this page gets along
      hold(holding)
    }

    function calm() {
      const waitMs = frames.msUntil(AT_EASE)
      calming = waitMs > 0 ? setTimeout(calm, waitMs) : null
      if (calming !== null) return
      frames.freeze(false)
      if (paused || backlogged) frames.freeze(true)
      decideHold()
    }

    /** @param {Uint8Array} frame */
    const costOf = (frame) => frame.length + limits.frameOverheadBytes

    function next() {
      const item = waiting[at++]
      if (at >= 1024 && at * 2 >= waiting.length) {
        waiting = waiting.slice(at)
        at = 0
      }
      if (typeof item === "function") return item()
      waitingBytes -= costOf(item)
      read(item)
    }

    function turn() {
      inTurn = false
      for (let left = TURN_FRAMES; left > 0 && mayRead() && !isEmpty() && hasTime(); left--) spend(next)
      decideHold()
      queueUp()
    }

    function queueUp() {
      if (inTurn || isEmpty() || !mayRead()) return
      inTurn = true
      turns.push({ turn })
      taskEnd.schedule()
    }

    function end() {
      ended = true
      budgets.delete(frames)
      if (calming !== null) clearTimeout(calming)
      calming = null
      waiting = []
      at = 0
      waitingBytes = 0
    }

    return {
      /** @param {Uint8Array} frame */
      push(frame) {
        if (ended) return
        awake()
        if (!frames.take() || waitingBytes + costOf(frame) > limits.maxInboxBytes) {
          end()
          return flooded()
        }
        if (frames.share < HURRIED) decideHold()
        if (isEmpty() && mayRead() && hasTime()) return spend(() => read(frame))
        waiting.push(frame)
        waitingBytes += costOf(frame)
        decideHold()
        queueUp()
      },
      /** Runs `last` once all that waits is read: at once when nothing does, or nothing will be. @param {() => void} last */
      afterAll(last) {
        if (isEmpty() || !mayRead()) return last()
        waiting.push(last)
      },
      /** @param {boolean} value */
      pause(value) {
        if (ended || paused === value) return
        paused = value
        decideHold()
        while (mayRead() && !isEmpty() && hasTime()) spend(next)
        decideHold()
        queueUp()
      },
      get isHolding() {
        return holding
      },
      end,
    }
  }

  return {
    reader,
    /** To be called every `tickMs`. */
    tick: awake,
    close() {
      closed = true
      turns.length = 0
      taskEnd.close()
    },
  }
}
