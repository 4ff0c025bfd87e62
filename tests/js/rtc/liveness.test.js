// When a link counts as dead: never while it works, always when it does not.
import assert from "node:assert/strict"
import { test } from "node:test"
import { createLiveness } from "../../../js/rtc/liveness.js"

const limits = { idleMs: 3_000, deadMs: 10_000, tickMs: 1_000 }
const idle = { handed: 0, buffered: 0 }

/** @param {(second: number) => { handed: number, buffered: number }} traffic @param {(second: number) => boolean} [hears] */
function run(traffic, hears = () => false, seconds = 60) {
  const liveness = createLiveness(limits, 0)
  const verdicts = []
  for (let second = 1; second <= seconds; second++) {
    if (hears(second)) liveness.heard(second * 1000)
    const verdict = liveness.tick(second * 1000, traffic(second))
    verdicts.push(verdict)
    if (verdict === "dead") break
  }
  return verdicts
}

test("silence asks for a ping after 3 s and is dead after 10", () => {
  assert.equal(run(() => idle).join(" "), "ok ok ping ok ok ping ok ok ping dead")
})

test("a link on which something arrives every 2 s needs no ping", () => {
  assert.ok(run(() => idle, (second) => second % 2 === 0).every((verdict) => verdict === "ok"))
})

test("a peer that only answers pings lives", () => {
  const verdicts = run(() => idle, (second) => second % 4 === 0)
  assert.ok(!verdicts.includes("dead") && verdicts.includes("ping"))
})

test("a large upload without any answer lives while its backlog shrinks", () => {
  assert.ok(!run((second) => ({ handed: 8_000_000, buffered: 8_000_000 - second * 50_000 })).includes("dead"))
})

test("a backlog kept full by the sender lives while bytes leave it", () => {
  assert.ok(!run((second) => ({ handed: 8_000_000 + second * 50_000, buffered: 8_000_000 })).includes("dead"))
})

test("a fast line that is always empty when looked at lives while much goes over it, and not for little", () => {
  assert.ok(!run((second) => ({ handed: second * 1_000_000, buffered: 0 })).includes("dead"))
  assert.equal(run((second) => ({ handed: second * 10_000, buffered: 0 })).length, 10)
})

test("a backlog that stands still is dead", () => {
  assert.equal(run(() => ({ handed: 8_000_000, buffered: 4_000_000 })).length, 10)
})

test("our own pings leaving this machine prove nothing", () => {
  assert.equal(run((second) => ({ handed: second * 5, buffered: 0 })).length, 10)
  assert.equal(run((second) => ({ handed: second * 5, buffered: second % 2 ? 20 : 0 })).length, 10)
})

test("this page's own sleep is not held against the peer", () => {
  const liveness = createLiveness(limits, 0)
  assert.equal(liveness.tick(1_000, idle), "ok")
  assert.equal(liveness.tick(600_000, idle), "ping")
  assert.equal(liveness.tick(601_000, idle), "ok")
  let second = 602
  while (liveness.tick(second * 1000, idle) !== "dead") second++
  assert.equal(second, 607)
})
