/**
 * Reading in slices: the frames of all pipes of a mesh are read in turn, for at most `sliceMs` in one task, so that no
 * flood can take the page's time away from the page.
 *
 * A frame that comes while nothing of its pipe waits and the slice has time left is read at once: a quiet link never
 * waits. Else it waits, and is charged its bytes and `frameOverheadBytes`. With `holdBytes` waiting the sender is told to
 * hold; one that goes on sending all the same comes to `maxInboxBytes`, which no honest one does.
 *
 * Invariants
 * 1. The frames of one pipe are read in the order they came, none while it is paused.
 * 2. Between two slices there is a task for everyone else; pipes take turns, a few frames each.
 * 3. What waits for one pipe never costs more than `maxInboxBytes`.
 */
import { createTaskEnd } from "../util/task-end.js"

/** One turn of a pipe while others wait too. */
const TURN_FRAMES = 64

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
  let spentMs = 0
  let closed = false

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
    let backlogged = false
    let holding = false
    let inTurn = false
    let ended = false

    const isEmpty = () => at === waiting.length
    const mayRead = () => !ended && !paused && !closed

    function decideHold() {
      backlogged = waitingBytes > (backlogged ? limits.holdBytes / 4 : limits.holdBytes)
      if (ended || holding === (paused || backlogged)) return
      holding = !holding
      hold(holding)
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
      waiting = []
      at = 0
      waitingBytes = 0
    }

    return {
      /** @param {Uint8Array} frame */
      push(frame) {
        if (ended) return
        if (isEmpty() && mayRead() && hasTime()) return spend(() => read(frame))
        if (waitingBytes + costOf(frame) > limits.maxInboxBytes) {
          end()
          return flooded()
        }
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
    close() {
      closed = true
      turns.length = 0
      taskEnd.close()
    },
  }
}
