/**
 * CRC-32C, as the core's journal has it (src/store/crc32c.h): sixteen bytes at a time, by sixteen tables (M. E. Kounavis
 * and F. L. Berry, "A systematic approach to building high performance, software-based, CRC generators", 2005).
 */

/** The tables, one behind the other: that of the byte which is `k` bytes from the end of the sixteen begins at 256 k. */
const tables = makeTables()
const kLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

function makeTables() {
  const made = new Int32Array(16 * 256)
  for (let n = 0; n < 256; n++) {
    let crc = n
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    made[n] = crc
  }
  for (let n = 256; n < made.length; n++) made[n] = (made[n - 256] >>> 8) ^ made[made[n - 256] & 255]
  return made
}

/**
 * @param {Uint8Array} bytes
 * @param {number} [before] the checksum of what stands before them
 * @returns {number} an unsigned 32-bit number
 */
export function crc32c(bytes, before = 0) {
  const { length } = bytes
  const begin = -bytes.byteOffset & 3
  if (!kLittleEndian || length < begin + 16) return ~ofBytes(bytes, 0, length, ~before) >>> 0
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + begin, (length - begin) >> 4 << 2)
  const crc = ofWords(words, ofBytes(bytes, 0, begin, ~before))
  return ~ofBytes(bytes, begin + words.byteLength, length, crc) >>> 0
}

/** @param {Uint8Array} bytes @param {number} from @param {number} to @param {number} crc */
function ofBytes(bytes, from, to, crc) {
  for (let i = from; i < to; i++) crc = tables[(crc ^ bytes[i]) & 255] ^ (crc >>> 8)
  return crc
}

/** @param {Int32Array} words four at a time @param {number} crc */
function ofWords(words, crc) {
  for (let i = 0; i < words.length; i += 4) {
    const a = crc ^ words[i]
    const b = words[i + 1]
    const c = words[i + 2]
    const d = words[i + 3]
    crc = tables[3840 + (a & 255)] ^ tables[3584 + (a >>> 8 & 255)] ^ tables[3328 + (a >>> 16 & 255)] ^ tables[3072 + (a >>> 24)]
      ^ tables[2816 + (b & 255)] ^ tables[2560 + (b >>> 8 & 255)] ^ tables[2304 + (b >>> 16 & 255)] ^ tables[2048 + (b >>> 24)]
      ^ tables[1792 + (c & 255)] ^ tables[1536 + (c >>> 8 & 255)] ^ tables[1280 + (c >>> 16 & 255)] ^ tables[1024 + (c >>> 24)]
      ^ tables[768 + (d & 255)] ^ tables[512 + (d >>> 8 & 255)] ^ tables[256 + (d >>> 16 & 255)] ^ tables[d >>> 24]
  }
  return crc
}
