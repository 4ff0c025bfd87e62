import assert from "node:assert/strict"
import { test } from "node:test"
import { createLifecycle } from "../../../js/tabs/lifecycle.js"

test("leave and return alternate, and close ends it", () => {
  const page = new EventTarget()
  const lifecycle = createLifecycle(page)
  /** @type {string[]} */
  const log = []
  lifecycle.on("leave", () => log.push("leave"))
  lifecycle.on("return", () => log.push("return"))
  for (const type of ["pageshow", "pagehide", "pagehide", "pageshow", "pageshow", "pagehide"]) page.dispatchEvent(new Event(type))
  assert.deepEqual(log, ["leave", "return", "leave"])
  lifecycle.close()
  page.dispatchEvent(new Event("pageshow"))
  assert.equal(log.length, 3)
})

test("where there is no page nothing happens", () => {
  const lifecycle = createLifecycle()
  lifecycle.on("leave", () => assert.fail())
  lifecycle.close()
})
