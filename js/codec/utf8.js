/**
 * UTF-8 with the one rule the platform's encoder lacks: a string with an unpaired surrogate is refused (-1), never
 * mended, because mending would store another string than the caller's.
 */

const encoder = new TextEncoder()
/** Below this many characters a loop beats the platform's encoder. */
const LOOP_BELOW = 64

const isWellFormed = /** @type {{ isWellFormed?: () => boolean }} */ (String.prototype).isWellFormed

const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
/** Up to here a text is read as ASCII, char by char; above, the platform's decoder is faster. */
const SHORT_TEXT = 32
/** One array of char codes for each length of a short text, used again and again. */
const CODES = Array.from({ length: SHORT_TEXT + 1 }, (_, length) => new Array(length).fill(0))

/** The text of bytes that are UTF-8. @param {Uint8Array} bytes @param {number} from @param {number} to */
export function readUtf8(bytes, from, to) {
  return (to - from <= SHORT_TEXT ? shortAscii(bytes, from, to) : undefined) ?? decoder.decode(bytes.subarray(from, to))
}

/** The text, or undefined when it is not ASCII. @param {Uint8Array} bytes @param {number} from @param {number} to */
function shortAscii(bytes, from, to) {
  const codes = CODES[to - from]
  let all = 0
  for (let i = from, j = 0; i < to; i++, j++) all |= codes[j] = bytes[i]
  return all > 0x7f ? undefined : String.fromCharCode.apply(null, codes)
}

/** @param {string} text */
function wellFormed(text) {
  return isWellFormed ? isWellFormed.call(text) : !/\p{Surrogate}/u.test(text)
}

/**
 * The bytes of UTF-8 in a text, or -1 when it has an unpaired surrogate.
 * @param {string} text
 */
export function utf8Length(text) {
  let length = text.length
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x80) continue
    if (code < 0x800) length += 1
    else if (code < 0xd800 || code > 0xdfff) length += 2
    else {
      const next = text.charCodeAt(++i)
      if (code > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return -1
      length += 2
    }
  }
  return length
}

/**
 * Writes a text at `at`; there is room for it. Returns where it ends, or -1 when it has an unpaired surrogate.
 * @param {string} text @param {Uint8Array} bytes @param {number} at
 */
export function writeUtf8(text, bytes, at) {
  if (text.length >= LOOP_BELOW) {
    if (!wellFormed(text)) return -1
    return at + encoder.encodeInto(text, bytes.subarray(at)).written
  }
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x80) bytes[at++] = code
    else if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6)
      bytes[at++] = 0x80 | (code & 0x3f)
    } else if (code < 0xd800 || code > 0xdfff) {
      bytes[at++] = 0xe0 | (code >> 12)
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f)
      bytes[at++] = 0x80 | (code & 0x3f)
    } else {
      const next = text.charCodeAt(++i)
      if (code > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return -1
      const point = 0x10000 + ((code - 0xd800) << 10) + (next - 0xdc00)
      bytes[at++] = 0xf0 | (point >> 18)
      bytes[at++] = 0x80 | ((point >> 12) & 0x3f)
      bytes[at++] = 0x80 | ((point >> 6) & 0x3f)
      bytes[at++] = 0x80 | (point & 0x3f)
    }
  }
  return at
}
