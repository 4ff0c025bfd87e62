import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { ERROR_CODES, isWeftError, WeftError } from "../../../js/errors.js"

test("C++ and JS name the same codes in the same order", () => {
  const header = readFileSync(new URL("../../../src/base/result.h", import.meta.url), "utf8")
  const codes = [...header.matchAll(/X\(k\w+, "([A-Z_]+)"\)/g)].map((match) => match[1])
  assert.deepEqual([...ERROR_CODES], codes)
})

test("a WeftError carries code, path and cause", () => {
  const cause = new Error("deeper")
  const error = new WeftError("TOO_DEEP", "value is too deep", { path: "value.a", cause })
  assert.ok(error instanceof Error && isWeftError(error) && isWeftError(error, "TOO_DEEP") && !isWeftError(error, "CLOSED"))
  assert.deepEqual([error.name, error.code, error.path, error.cause], ["WeftError", "TOO_DEEP", "value.a", cause])
  assert.ok(!("path" in new WeftError("CLOSED", "closed")))
})
