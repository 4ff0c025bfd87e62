/**
 * Rounds of live events (docs/boundary.md), told one after the other.
 *
 * Invariants
 * 1. A node is decoded when its first event is told, so that what listeners do not keep is young garbage, and once
 *    however many are told of it.
 * 2. Everyone gets a node of their own.
 * 3. Whoever is told may call the core, also for another round.
 *
 * @typedef {import("./replica.js").Node} Node
 * @typedef {typeof import("./commands.js").ACTIONS[number]} Action
 */
import { open, position, readArrayHeader } from "../codec/decode.js"
import { WeftError } from "../errors.js"
import { ACTIONS } from "./commands.js"
import { copyNode, createLayouts } from "./copies.js"
import { readNodeFields } from "./effects.js"

const EVENT_BYTES = 8

/**
 * @param {Uint8Array} round
 * @param {(subscription: number, action: Action, node: Node) => void} tell
 */
export function tellRound(round, tell) {
  const heads = new DataView(round.buffer, round.byteOffset, round.byteLength)
  const end = 4 + heads.getUint32(0, true) * EVENT_BYTES
  const nodes = createReader(round, end, countNames(heads, end))
  for (let at = 4; at < end; at += EVENT_BYTES) {
    const what = heads.getUint32(at + 4, true)
    tell(heads.getUint32(at, true), ACTIONS[what & 3], nodes.take(what >>> 2))
  }
}

/** How many events name each node. @param {DataView} heads @param {number} end */
function countNames(heads, end) {
  /** @type {number[]} */
  const names = []
  for (let at = 8; at < end; at += EVENT_BYTES) {
    const place = heads.getUint32(at, true) >>> 2
    names[place] = (names[place] ?? 0) + 1
  }
  return names
}

/** @param {Uint8Array} round @param {number} from where its nodes begin @param {number[]} left how often each will be taken */
function createReader(round, from, left) {
  const layouts = createLayouts()
  /** @type {({ node: Node, layout: import("./copies.js").Layout } | undefined)[]} to be taken again, by place */
  const kept = []
  let next = from
  let read = 0

  function readNext() {
    open(round, next)
    readArrayHeader()
    const node = readNodeFields()
    next = position()
    read++
    return node
  }

  return {
    /** @param {number} place those read before, or the next @returns {Node} */
    take(place) {
      if (place === read) {
        const node = readNext()
        if (--left[place] === 0) return node
        const layout = layouts.of(node.value)
        kept[place] = { node, layout }
        return copyNode(node, layout)
      }
      const known = kept[place]
      if (known === undefined) throw new WeftError("INTERNAL", "an event names a node that its round does not hold")
      if (--left[place] > 0) return copyNode(known.node, known.layout)
      kept[place] = undefined
      return known.node
    },
  }
}
