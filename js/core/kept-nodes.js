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
  /** @type {Layout[]} of the values kept, by slot */
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

/**
 * Which fields of a value hold what a spread does not copy: `flat` ones an array or map of plain entries, `deep` ones
 * anything else. Null: the value is no map.
 * @typedef {{ flat: string[], deep: string[] } | null} Layout
 */
function createLayouts() {
  /** Values that are alike share one. @type {Map<string, { flat: string[], deep: string[] }>} */
  const known = new Map()
  let latest = { flat: [""], deep: [""] }
  return {
    /** @param {any} value @returns {Layout} */
    of(value) {
      if (!isMap(value)) return null
      const flat = /** @type {string[]} */ ([]), deep = /** @type {string[]} */ ([])
      for (const name in value) {
        const field = value[name]
        if (typeof field === "object" && field !== null) (isFlat(field) ? flat : deep).push(name)
      }
      if (isSame(flat, latest.flat) && isSame(deep, latest.deep)) return latest
      const key = JSON.stringify([flat, deep])
      latest = known.get(key) ?? { flat, deep }
      known.set(key, latest)
      return latest
    },
  }
}

/** @param {any} value */
const isMap = (value) => typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date) && !(value instanceof Uint8Array)

/** @param {any} value an object */
function isFlat(value) {
  if (!Array.isArray(value) && !isMap(value)) return false
  for (const name in value) if (typeof value[name] === "object" && value[name] !== null) return false
  return true
}

/** @param {string[]} a @param {string[]} b */
function isSame(a, b) {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** @param {Node} node @param {Layout} layout @returns {Node} */
function copyNode({ id, value, edges, timestamp: { physical, logical } }, layout) {
  const copy = layout === null ? copyValue(value) : copyMap(value, layout)
  return { id, value: copy, edges: edges.length === 0 ? [] : edges.slice(), timestamp: { physical, logical } }
}

/**
 * A spread takes an object's layout as it is, which is many times faster than setting its fields one by one.
 * @param {Record<string, any>} value @param {{ flat: string[], deep: string[] }} layout
 */
function copyMap(value, { flat, deep }) {
  const copy = { ...value }
  for (const name of flat) {
    const field = copy[name]
    setField(copy, name, Array.isArray(field) ? field.slice() : { ...field })
  }
  for (const name of deep) setField(copy, name, copyValue(copy[name]))
  return copy
}

/** @param {any} value as the decoder makes them @returns {any} */
function copyValue(value) {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return copyEntries(value.slice())
  if (value instanceof Date) return new Date(value)
  if (value instanceof Uint8Array) return value.slice()
  const copy = { ...value }
  for (const name in copy) {
    const field = copy[name]
    if (typeof field === "object" && field !== null) setField(copy, name, copyValue(field))
  }
  return copy
}

/** @param {any[]} array @returns {any[]} */
function copyEntries(array) {
  for (let i = 0; i < array.length; i++) {
    const entry = array[i]
    if (typeof entry === "object" && entry !== null) array[i] = copyValue(entry)
  }
  return array
}

/** @param {Record<string, any>} map @param {string} name @param {any} value */
function setField(map, name, value) {
  if (name === "__proto__") Object.defineProperty(map, name, { value, writable: true, enumerable: true, configurable: true })
  else map[name] = value
}
