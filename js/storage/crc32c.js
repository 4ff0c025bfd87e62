/** CRC-32C, as the core's journal has it (src/store/crc32c.h). */

const kTable = makeTable()

function makeTable() {
  const table = new Uint32Array(256)
  for (let n = 0; n < 256; n++) {
    let crc = n
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    table[n] = crc
  }
  return table
}

/**
 * @param {Uint8Array} bytes
 * @param {number} [before] the checksum of what stands before them
 * @returns {number} an unsigned 32-bit number
 */
export function crc32c(bytes, before = 0) {
  let crc = ~before
  for (let i = 0; i < bytes.length; i++) crc = kTable[(crc ^ bytes[i]) & 255] ^ (crc >>> 8)
  return ~crc >>> 0
}
