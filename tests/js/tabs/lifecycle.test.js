import assert from "node:assert/strict"
import { test } from "node:test"
import { createLifecycle } from "../../../js/tabs/lifecycle.js"

test("leave and return alternate, hide comes when hidden, and close ends it", () => {
  const page = Object.assign(new EventTarget(), { document: Object.assign(new EventTarget(), { visibilityState: "hidden" }) })
  const lifecycle = createLifecycle(page)
  /** @type {string[]} */
  const log = []
  lifecycle.on("leave", () => log.push("leave"))
  lifecycle.on("return", () => log.push("return"))
  for (const type of ["pageshow", "pagehide", "pagehide", "pageshow", "pageshow", "pagehide"]) page.dispatchEvent(new Event(type))
  assert.deepEqual(log, ["leave", "return", "leave"])
  lifecycle.on("hide", () => log.push("hide"))
  page.document.dispatchEvent(new Event("visibilitychange"))
  page.document.visibilityState = "visible"
  page.document.dispatchEvent(new Event("visibilitychange"))
  assert.deepEqual(log.slice(3), ["hide"])
  lifecycle.close()
  page.document.visibilityState = "hidden"
  page.document.dispatchEvent(new Event("visibilitychange"))
  page.dispatchEvent(new Event("pageshow"))
  assert.equal(log.length, 4)
})

test("a page that is frozen has left until it goes on, and hides first; frozen in the cache it has left already", () => {
  const page = Object.assign(new EventTarget(), { document: Object.assign(new EventTarget(), { visibilityState: "hidden" }) })
  const lifecycle = createLifecycle(page)
  /** @type {string[]} */
  const log = []
  for (const name of /** @type {const} */ (["hide", "leave", "return"])) lifecycle.on(name, () => log.push(name))
  for (const type of ["freeze", "resume"]) page.document.dispatchEvent(new Event(type))
  assert.deepEqual(log, ["hide", "leave", "return"])
  page.dispatchEvent(new Event("pagehide"))
  for (const type of ["freeze", "resume"]) page.document.dispatchEvent(new Event(type))
  page.dispatchEvent(new Event("pageshow"))
  assert.deepEqual(log.slice(3), ["leave", "hide", "return"])
  lifecycle.close()
  page.document.dispatchEvent(new Event("freeze"))
  assert.equal(log.length, 6)
})

test("where there is no page nothing happens", () => {
  const lifecycle = createLifecycle()
  lifecycle.on("leave", () => assert.fail())
  lifecycle.close()
})
