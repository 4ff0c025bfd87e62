import assert from "node:assert/strict"
import { test } from "node:test"
import { createQuota } from "../../../js/host/quota.js"

const turn = () => new Promise((resolve) => setImmediate(resolve))

test("nearly full is told once, and again after there was room; nothing waits for an answer that never comes", async () => {
  const estimate = { usage: 10, quota: 100 }
  let clock = 0
  const told = []
  const manager = /** @type {any} */ ({ estimate: async () => ({ ...estimate }), persist: () => new Promise(() => {}) })
  const quota = createQuota({ manager, now: () => clock, nearlyFull: (usage, limit) => told.push([usage, limit]) })
  assert.deepEqual(quota.status(), { usage: null, quota: null, persisted: null })
  quota.begin()
  await turn()
  assert.deepEqual(quota.status(), { usage: 10, quota: 100, persisted: null })
  for (const usage of [91, 95, 85, 92, 79, 93]) {
    estimate.usage = usage
    quota.wrote(2 ** 20)
    await turn()
  }
  assert.deepEqual(told, [[91, 100], [93, 100]])
  estimate.usage = 50
  clock += 6000
  quota.status()
  await turn()
  assert.equal(quota.status().usage, 50)
})

test("a host that knows no quota is no trouble", () => {
  const quota = createQuota({ manager: null, now: () => 0, nearlyFull() {} })
  quota.begin()
  quota.wrote(1e9)
  assert.deepEqual(quota.status(), { usage: null, quota: null, persisted: null })
})
