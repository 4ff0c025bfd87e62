/**
 * Effect frames of the outbox → objects.
 *
 *   [u8 kind][u8 0][u16 0][u32 target][f64 time][u32 length][payload], little-endian, one after the other
 *
 * Invariant: nothing returned refers to the core's memory, so what is done with an effect may call the core again.
 *
 * @typedef {import("./replica.js").Node} Node
 *
 * @typedef {{ kind: "persist", bytes: Uint8Array, wholeState: boolean }
 *   | { kind: "send", link: number, bytes: Uint8Array }
 *   | { kind: "events", round: Uint8Array }
 *   | { kind: "judge", ticket: number, batch: any }
 *   | { kind: "wake", time: number }
 *   | { kind: "notice", code: string, message: string, details: Record<string, any> }
 *   | { kind: "syncChange", link: number }
 *   | { kind: "dropLink", link: number, code: string, message: string }
 *   | { kind: "pauseLink", link: number, paused: boolean }
 *   | { kind: "reset" }} Effect
 */
import { close, open, read, readArrayHeader } from "../codec/decode.js"
import { WeftError } from "../errors.js"
import { makeTimestamp } from "./copies.js"

const HEAD_BYTES = 20

/** `EffectKind` of `src/core/replica.h`. */
const KIND = { persist: 1, send: 2, events: 3, judge: 4, wake: 5, notice: 6, syncChange: 7, dropLink: 8, pauseLink: 9, reset: 10 }

/**
 * @param {Uint8Array} frames a view that is valid during the call
 * @returns {Effect[]}
 */
export function readEffects(frames) {
  const heads = new DataView(frames.buffer, frames.byteOffset, frames.byteLength)
  /** @type {Effect[]} */
  const effects = []
  for (let at = 0; at < frames.length;) {
    const from = at + HEAD_BYTES
    const to = from + heads.getUint32(at + 16, true)
    effects.push(readEffect(heads.getUint8(at), heads.getUint32(at + 4, true), heads.getFloat64(at + 8, true), frames, from, to))
    at = to
  }
  return effects
}

/**
 * @param {number} kind @param {number} target @param {number} time
 * @param {Uint8Array} frames @param {number} from @param {number} to
 * @returns {Effect}
 */
function readEffect(kind, target, time, frames, from, to) {
  switch (kind) {
    case KIND.persist: return { kind: "persist", bytes: frames.slice(from, to), wholeState: time === 1 }
    case KIND.send: return { kind: "send", link: target, bytes: frames.slice(from, to) }
    case KIND.events: return { kind: "events", round: frames.slice(from, to) }
    case KIND.judge: return { kind: "judge", ticket: target, batch: readPayload(frames, from, to) }
    case KIND.wake: return { kind: "wake", time }
    case KIND.notice: {
      const [code, message, details] = readPayload(frames, from, to)
      return { kind: "notice", code, message, details: details ?? {} }
    }
    case KIND.syncChange: return { kind: "syncChange", link: target }
    case KIND.dropLink: {
      const [code, message] = readPayload(frames, from, to)
      return { kind: "dropLink", link: target, code, message }
    }
    case KIND.pauseLink: return { kind: "pauseLink", link: target, paused: time === 1 }
    case KIND.reset: return { kind: "reset" }
    default: throw new WeftError("INTERNAL", `the core gave an effect of unknown kind ${kind}`)
  }
}

/** @param {Uint8Array} frames @param {number} from @param {number} to @returns {any} */
function readPayload(frames, from, to) {
  open(frames, from, to)
  const value = read()
  close()
  return value
}

/** The five entries of a node: id, value, edges, physical, logical. @returns {Node} */
export function readNodeFields() {
  const id = read()
  const value = read()
  const edges = read()
  const physical = read()
  return { id, value, edges, timestamp: makeTimestamp(physical, read()) }
}
