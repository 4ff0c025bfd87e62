import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"

import { ERROR_CODES } from "../../../js/errors.js"

test("the codes are the core's, in the core's order", () => {
  const header = readFileSync(new URL("../../../src/base/result.h", import.meta.url), "utf8")
  const codes = [...header.matchAll(/X\(k\w+, "(\w+)"\)/g)].map(([, name]) => name)
  assert.ok(codes.length > 25)
  assert.deepEqual([...ERROR_CODES], codes)
})
