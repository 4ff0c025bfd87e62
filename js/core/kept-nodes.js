/**
 * Nodes that were read again, kept so that the same state of one does not cross and is not decoded every time. The core
 * says which are to be kept, and tells a state that is kept by its slot alone (frames of nodes, docs/boundary.md).
 *
 * Invariants
 * 1. What is handed out is a copy through and through: what a caller does to it changes nobody else's.
 * 2. When more than MAX_KEPT_BYTES of encodings were kept, all of it goes at once and the next call comes with another
 *    generation. So it does after a frame that is larger by itself, of which nothing is kept.
 * 3. After an error in a frame nothing is kept: the core believes that we have what it sent.
 *
 * @typedef {import("./replica.js").Node} Node
 */
import { close, open, position, readArrayHeader } from "../codec/decode.js"
import { WeftError } from "../errors.js"
import { createLayouts, copyNode } from "./copies.js"
import { readNodeFields } from "./effects.js"

/** As objects they take about twice that. */
const MAX_KEPT_BYTES = 32 * 2 ** 20
/** The handle of a node that is not to be kept. */
const UNKEPT = 0xffffffff
const LAST_GENERATION = 0xffffffff

export function createKeptNodes() {
  let generation = 1
  let keptBytes = 0
  /** @type {(Node | undefined)[]} by slot */
  let kept = []
  /** @type {import("./copies.js").Layout[]} of the values kept, by slot */
  let layouts = []
  let knownLayouts = createLayouts()

  function drop() {
    generation = generation === LAST_GENERATION ? 1 : generation + 1
    keptBytes = 0
    kept = []
    layouts = []
    knownLayouts = createLayouts()
  }

  /** @param {number} slot @returns {Node} */
  function copyKept(slot) {
    const node = kept[slot]
    if (node === undefined) throw new WeftError("INTERNAL", "the core took a node for kept that is not")
    return copyNode(node, layouts[slot])
  }

  /** @param {number} handle @param {boolean} keeps @returns {Node} */
  function readFresh(handle, keeps) {
    const from = position()
    readArrayHeader()
    const node = readNodeFields()
    if (!keeps || handle === UNKEPT) return node
    const slot = handle >>> 1
    kept[slot] = node
    keptBytes += position() - from
    return copyNode(node, layouts[slot] = knownLayouts.of(node.value))
  }

  /** @param {Uint8Array} frame @returns {Node[]} */
  function readFrame(frame) {
    const heads = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
    const count = heads.getUint32(0, true)
    const from = 4 + count * 4
    const bytes = frame.length - from
    const keeps = bytes <= MAX_KEPT_BYTES
    /** @type {Node[]} */
    const nodes = new Array(count)
    open(frame, from)
    for (let i = 0; i < count; i++) {
      const handle = heads.getUint32(4 + i * 4, true)
      nodes[i] = (handle & 1) === 1 && handle !== UNKEPT ? copyKept(handle >>> 1) : readFresh(handle, keeps)
    }
    close()
    if (!keeps || keptBytes > MAX_KEPT_BYTES) drop()
    return nodes
  }

  return {
    get generation() { return generation },

    /** The nodes of a frame, the caller's own. @param {Uint8Array} frame a view that is valid during the call @returns {Node[]} */
    read(frame) {
      try {
        return readFrame(frame)
      } catch (error) {
        drop()
        throw error
      }
    },
  }
}
