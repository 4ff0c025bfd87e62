import assert from "node:assert/strict"
import { test } from "node:test"
import { isWeftError, WeftError } from "../../../js/errors.js"

test("a WeftError carries code, path and cause", () => {
  const cause = new Error("deeper")
  const error = new WeftError("TOO_DEEP", "value is too deep", { path: "value.a", cause })
  assert.ok(error instanceof Error && isWeftError(error) && isWeftError(error, "TOO_DEEP") && !isWeftError(error, "CLOSED"))
  assert.deepEqual([error.name, error.code, error.path, error.cause], ["WeftError", "TOO_DEEP", "value.a", cause])
  assert.ok(!("path" in new WeftError("CLOSED", "closed")))
})
