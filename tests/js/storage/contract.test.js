import assert from "node:assert/strict"
import { test } from "node:test"
import { cutRows, kFileRowBytes, kInlineRowBytes, kMaxRowBytes, rowSizes } from "../../../js/storage/contract.js"

test("a row is small enough to stay inline or big enough to be worth a file", () => {
  for (const total of [1, 100, kInlineRowBytes, kInlineRowBytes + 1, 65_536, kFileRowBytes - 1, kFileRowBytes, kMaxRowBytes, kMaxRowBytes + 1, 5_000_000]) {
    const sizes = rowSizes(total)
    assert.equal(sizes.reduce((sum, size) => sum + size, 0), total)
    for (const size of sizes) {
      assert.ok(size > 0 && (size <= kInlineRowBytes || (size >= kFileRowBytes && size <= kMaxRowBytes)), `${size} of ${total}`)
    }
  }
  assert.deepEqual(rowSizes(0), [])
})

test("cutting keeps every byte in its place, however the chunks fall", () => {
  let seed = 7
  const random = (/** @type {number} */ below) => { seed = (seed * 1103515245 + 12345) & 0x7fffffff; return seed % below }
  for (let round = 0; round < 60; round++) {
    const chunks = Array.from({ length: random(12) }, () => new Uint8Array(random(round % 3 === 0 ? 400_000 : 3000)).map(() => random(256)))
    assert.deepEqual(Buffer.concat(cutRows(chunks)), Buffer.concat(chunks))
  }
})
