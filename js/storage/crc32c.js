/** CRC-32C, as the core's journal has it (src/store/crc32c.h): eight bytes at a time, by eight tables. */

const [t0, t1, t2, t3, t4, t5, t6, t7] = makeTables()

function makeTables() {
  const tables = Array.from({ length: 8 }, () => new Uint32Array(256))
  for (let n = 0; n < 256; n++) {
    let crc = n
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    tables[0][n] = crc
  }
  for (let n = 0; n < 256; n++) {
    for (let k = 1; k < 8; k++) tables[k][n] = (tables[k - 1][n] >>> 8) ^ tables[0][tables[k - 1][n] & 255]
  }
  return tables
}

/**
 * @param {Uint8Array} bytes
 * @param {number} [before] the checksum of what stands before them
 * @returns {number} an unsigned 32-bit number
 */
export function crc32c(bytes, before = 0) {
  const { length } = bytes
  let crc = ~before
  let i = 0
  for (; i + 8 <= length; i += 8) {
    crc = t7[(crc ^ bytes[i]) & 255] ^ t6[((crc >>> 8) ^ bytes[i + 1]) & 255] ^ t5[((crc >>> 16) ^ bytes[i + 2]) & 255] ^ t4[(crc >>> 24) ^ bytes[i + 3]]
      ^ t3[bytes[i + 4]] ^ t2[bytes[i + 5]] ^ t1[bytes[i + 6]] ^ t0[bytes[i + 7]]
  }
  for (; i < length; i++) crc = t0[(crc ^ bytes[i]) & 255] ^ (crc >>> 8)
  return ~crc >>> 0
}
