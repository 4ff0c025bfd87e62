import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { test } from "node:test"

const LIMIT_MS = 20_000

/** Runs a script with `db` open in a Node of its own; resolves with its exit code. @param {string} body */
function run(body) {
  const script = `
    import { openDatabase } from ${JSON.stringify(new URL("../../../js/database.js", import.meta.url).href)}
    import { platform } from ${JSON.stringify(new URL("./open.js", import.meta.url).href)}
    const db = await openDatabase("exit", { tabs: true }, platform)
    ${body}`
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "inherit", "inherit"] })
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => { child.kill("SIGKILL"); reject(new Error("the process did not end by itself")) }, LIMIT_MS)
    child.on("exit", (code) => { clearTimeout(timer); resolve(code) })
  })
}

test("a Node process ends by itself after close", async () => {
  assert.equal(await run("await db.put(1, 'n'); await db.close()"), 0)
})

test("a Node process ends by itself without close, once nothing is pending", async () => {
  assert.equal(await run("await db.put(1, 'n'); await db.map(() => {}); await db.flush()"), 0)
})
