// `npm start` as a person runs it: the address is printed, the page and the relay answer, Ctrl+C ends it cleanly.
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import { WebSocket } from "ws"

const script = fileURLToPath(new URL("../../../scripts/start.mjs", import.meta.url))
const LIMIT_MS = 60_000

/** Starts it; `output` grows; `said(pattern)` waits for a line, or for the process to end without it. */
function start(...words) {
  const child = spawn(process.execPath, [script, ...words], { stdio: ["ignore", "pipe", "pipe"] })
  const running = { child, output: "", ended: once(child, "exit"), said }
  for (const stream of [child.stdout, child.stderr]) stream.on("data", bytes => { running.output += bytes })
  function said(pattern) {
    return new Promise((resolve, reject) => {
      const look = () => { if (pattern.test(running.output)) resolve(pattern.exec(running.output)[1]) }
      for (const stream of [child.stdout, child.stderr]) stream.on("data", look)
      running.ended.then(() => reject(new Error(`it ended without ${pattern}:\n${running.output}`)))
      look()
    })
  }
  return running
}

test("the demo and a relay are up until it is stopped", { timeout: LIMIT_MS }, async t => {
  const running = start()
  t.after(() => { running.child.kill("SIGKILL") })
  const demo = await running.said(/^Demo: (\S+)$/m)
  const page = await fetch(demo)
  assert.equal(page.status, 200)
  assert.match(await page.text(), /weft\.global\.js/)
  const relay = new WebSocket(new URL(demo).searchParams.get("relay"))
  await once(relay, "open")
  relay.close()
  await once(relay, "close")
  await running.said(/(Ctrl\+C stops it)/)
  running.child.kill("SIGTERM")
  const [code] = await running.ended
  assert.equal(code, 0, running.output)
})

test("another relay is used as given", { timeout: LIMIT_MS }, async t => {
  const running = start("--relay", "wss://relay.invalid")
  t.after(() => { running.child.kill("SIGKILL") })
  const demo = await running.said(/^Demo: (\S+)$/m)
  assert.equal(new URL(demo).searchParams.get("relay"), "wss://relay.invalid")
  await running.said(/(Ctrl\+C stops it)/)
  running.child.kill("SIGINT")
  assert.equal((await running.ended)[0], 0, running.output)
})

test("an address that is no relay's is refused in words", { timeout: LIMIT_MS }, async () => {
  const running = start("--relay", "http://relay.invalid")
  assert.notEqual((await running.ended)[0], 0)
  assert.match(running.output, /--relay wants an address like wss:/)
})
