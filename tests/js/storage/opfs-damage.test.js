// What readers of an OPFS file make of damage: what was acknowledged is never cut off in silence.
import assert from "node:assert/strict"
import { test } from "node:test"

import { createFiles } from "../../../js/storage/opfs-files.js"
import { joined, makeFrame, readGeneration } from "../../../js/storage/opfs-format.js"
import { createFakeFolder } from "../../faults/fake_folder.js"
import { pattern } from "./acceptance.js"

const kFrames = 6
const body = pattern(50)
const frames = Array.from({ length: kFrames }, (_, i) => makeFrame(pattern(30, 50 + 30 * i), i))
const file = joined([body, ...frames])

test("a flipped bit in a frame is CORRUPT_STORE where others follow, and the end of the stream in the last", () => {
  for (let i = body.length; i < file.length; i++) {
    const spoiled = file.slice()
    spoiled[i] ^= 1 << (i % 8)
    const last = i >= file.length - frames[kFrames - 1].length
    if (last) assert.equal(readGeneration(spoiled, body.length).frames, kFrames - 1, `byte ${i}`)
    else assert.throws(() => readGeneration(spoiled, body.length), { code: "CORRUPT_STORE" }, `byte ${i}`)
  }
})

test("a file that is cut short ends with its last whole frame, also with nothing in the space behind", () => {
  for (let length = body.length; length <= file.length; length++) {
    const whole = Math.floor((length - body.length) / frames[0].length)
    assert.equal(readGeneration(file.subarray(0, length), body.length).frames, whole)
    const zeros = new Uint8Array(file.length)
    zeros.set(file.subarray(0, length))
    assert.equal(readGeneration(zeros, body.length).frames, whole)
  }
})

test("a damaged file is left as it is, whoever opens it to write", async () => {
  const folder = createFakeFolder()
  const files = createFiles(folder, { askForFile() {}, fenced() {} })
  await files.begin()
  for (let i = 0; i < 5; i++) await files.append(pattern(30, 30 * i))
  files.release()
  const name = [...folder.files.keys()][0]
  const bytes = /** @type {Uint8Array} */ (folder.files.get(name))
  bytes[60] ^= 1
  const before = bytes.slice()
  const again = createFiles(folder, { askForFile() {}, fenced() {} })
  await assert.rejects(again.read(), { code: "CORRUPT_STORE" })
  await assert.rejects(again.append(pattern(3)), { code: "CORRUPT_STORE" })
  assert.deepEqual(folder.files.get(name), before)
})

test("a read that gives only a part is told, and nothing is cut off", async () => {
  const folder = createFakeFolder()
  const files = createFiles(folder, { askForFile() {}, fenced() {} })
  await files.begin()
  await files.append(pattern(30))
  await files.append(pattern(30, 30))
  files.release()
  folder.faults.shortReads = 1
  const again = createFiles(folder, { askForFile() {}, fenced() {} })
  await assert.rejects(again.append(pattern(30, 60)), { code: "STORAGE_FAILED" })
  await again.append(pattern(30, 60))
  assert.deepEqual(await again.read(), pattern(90))
})
