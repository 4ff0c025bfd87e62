/** Bytes as lower-case hex and back, the form in which Nostr writes keys, ids and signatures. */

const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))

/** @param {Uint8Array} bytes */
export function toHex(bytes) {
  let text = ""
  for (const byte of bytes) text += digits[byte]
  return text
}

/**
 * @param {string} text an even number of hex digits: the caller has checked
 * @returns {Uint8Array}
 */
export function fromHex(text) {
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16)
  return bytes
}

/**
 * @param {unknown} value
 * @param {number} byteLength
 * @returns {value is string}
 */
export function isHex(value, byteLength) {
  return typeof value === "string" && value.length === 2 * byteLength && /^[0-9a-f]*$/.test(value)
}
