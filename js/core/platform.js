/**
 * The pure functions that the core borrows for its queries (`src/query/platform.h`): Unicode folding and regular
 * expressions, by the engines of this platform. The core calls them while it runs; they never call it.
 *
 * Invariants
 * 1. Nothing is thrown into the core. What goes wrong in a match is kept and thrown by `check`, when the call that it
 *    happened in is over; that call's result is void.
 * 2. A pattern made within `during` never runs here: its guard answers what it knows and collects what it does not.
 */
import { readUtf8 } from "../codec/utf8.js"
import { WeftError } from "../errors.js"

const encoder = new TextEncoder()

/**
 * @typedef {ReturnType<typeof createPlatform>} Platform
 *
 * @typedef {object} Guard answers for patterns that must not run on this thread
 * @property {(pattern: { source: string, flags: string, path: string }, text: string) => boolean} answer
 *
 * @typedef {object} Pattern
 * @property {RegExp} regexp
 * @property {RegExp | null} search the same, to be searched for in many texts at once, where that finds no less
 * @property {string} path where it stands in its query
 * @property {Guard | null} guard
 */

/**
 * What `$text` compares: compatibility forms, accents, case and invisible characters gone, and single spaces where
 * there was punctuation or space. (`ς` is how toLowerCase ends a word, no letter of its own.)
 * @param {string} text
 */
export function foldText(text) {
  return text.normalize("NFKD").replace(/[\p{M}\p{Cf}]+/gu, "")
    .toUpperCase().toLowerCase().replaceAll("ς", "σ")
    .replace(/[\p{P}\p{Z}\p{Cc}]+/gu, " ").trim()
}

/** Longer patterns and more optional parts could cost more in many texts together than in each. */
const LONGEST_SEARCH = 64
/** What looks around, stands for the beginning or end of a text, or has no bound. */
const NOT_TO_BE_SEARCHED = /[*+{^$]|\\[bBk]|\(\?[=!<]|(?:\?.*){5}/s

/**
 * A pattern whose matches have a bound and depend on nothing around them is found in texts that stand one behind the
 * other where it is found in one of them, and maybe across two.
 * @param {RegExp} regexp
 */
function searchOf({ source, flags, sticky }) {
  if (sticky || source.length > LONGEST_SEARCH || NOT_TO_BE_SEARCHED.test(source)) return null
  return new RegExp(source, flags.includes("g") ? flags : `${flags}g`)
}

/** Where a match begins, from `from` on; Infinity: nowhere. @param {RegExp} search @param {string} texts @param {number} from */
function nextMatch(search, texts, from) {
  search.lastIndex = from
  try {
    return search.exec(texts)?.index ?? Infinity
  } catch {
    return from // to be told by asking the text itself
  }
}

export function createPlatform() {
  /** @type {Map<number, Pattern>} */
  const patterns = new Map()
  let last = 0
  /** What `take` hands over. @type {Uint8Array} */
  let kept = new Uint8Array(0)
  /** @type {Guard | null} */
  let guarding = null
  /** @type {WeftError | null} */
  let failure = null

  /** @param {string} text @returns {number} its bytes */
  function keep(text) {
    kept = encoder.encode(text)
    return kept.length
  }

  const patternOf = (/** @type {number} */ number) => /** @type {Pattern} */ (patterns.get(number))

  /** @param {Pattern} pattern @param {string} text @returns {boolean} */
  function matches({ regexp, path, guard }, text) {
    if (guard) return guard.answer({ source: regexp.source, flags: regexp.flags, path }, text)
    try {
      regexp.lastIndex = 0 // `g` and `y` go on from there
      return regexp.test(text)
    } catch (error) {
      failure ??= new WeftError("INVALID_QUERY", `the regular expression cannot be run: ${String(error)}`, { path, cause: error })
      return false
    }
  }

  return {
    /** @param {Uint8Array} heap @param {number} at @param {number} length @returns {number} the folded text's bytes, to be taken */
    fold: (heap, at, length) => keep(foldText(readUtf8(heap, at, at + length))),

    /** @param {Uint8Array} heap @param {number} at */
    take: (heap, at) => heap.set(kept, at),

    /**
     * @param {Uint8Array} heap
     * @param {number} at @param {number} length of the source
     * @param {number} flagsAt @param {number} flagsLength
     * @param {number} pathAt @param {number} pathLength
     * @returns {number} its number, or minus the bytes of why it is none
     */
    pattern(heap, at, length, flagsAt, flagsLength, pathAt, pathLength) {
      const source = readUtf8(heap, at, at + length)
      const flags = readUtf8(heap, flagsAt, flagsAt + flagsLength)
      try {
        const regexp = new RegExp(source, flags)
        patterns.set(++last, { regexp, search: guarding ? null : searchOf(regexp), path: readUtf8(heap, pathAt, pathAt + pathLength), guard: guarding })
        return last
      } catch (error) {
        return -keep(`not a regular expression: ${error instanceof Error ? error.message : error}`)
      }
    },

    /** @param {Uint8Array} heap @param {number} number @param {number} at @param {number} length @returns {number} 1 when the pattern matches */
    test: (heap, number, at, length) => matches(patternOf(number), readUtf8(heap, at, at + length)) ? 1 : 0,

    /**
     * The same of texts that stand one after the other.
     * @param {Uint8Array} heap @param {number} number @param {number} at @param {number} length of all
     * @param {number} unitsAt the UTF-16 length of each, as u32 @param {number} count @param {number} answersAt a byte for each
     */
    testEach(heap, number, at, length, unitsAt, count, answersAt) {
      const asked = patternOf(number)
      const { search } = asked
      const texts = readUtf8(heap, at, at + length)
      const units = new Uint32Array(heap.buffer, unitsAt, count)
      // Where a match begins; none begins before that. One that runs into the next text is none: each text is asked.
      let next = search ? -1 : 0
      for (let i = 0, from = 0; i < count; i++) {
        const to = from + units[i]
        if (search && next < from) next = nextMatch(search, texts, from)
        heap[answersAt + i] = (!search || next <= to) && matches(asked, texts.substring(from, to)) ? 1 : 0
        from = to
      }
    },

    /** @param {number} number */
    drop: (number) => { patterns.delete(number) },

    /** @template T @param {Guard} guard @param {() => T} call synchronous @returns {T} */
    during(guard, call) {
      guarding = guard
      try {
        return call()
      } finally {
        guarding = null
      }
    },

    /** Throws what went wrong since the last time. */
    check() {
      if (!failure) return
      const error = failure
      failure = null
      throw error
    },

    /** Whether a guard answers now. */
    get guards() { return guarding !== null },

    /** Patterns that the core holds. */
    get held() { return patterns.size },
  }
}
