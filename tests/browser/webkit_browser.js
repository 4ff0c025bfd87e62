/**
 * WebKitGTK under test. Playwright has no way to the system's WebKit, so its driver is spoken to in the standard's own
 * words (https://www.w3.org/TR/webdriver2/): HTTP and JSON. Driver, browser and the display they draw on are started here
 * and ended by `close()`.
 */
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { createServer } from "node:net"
import { expect } from "@playwright/test"
import { findProgram } from "../../scripts/process.mjs"

const browsers = ["x86_64", "aarch64"].map((machine) => `/usr/lib/${machine}-linux-gnu/webkit2gtk-4.1/MiniBrowser`)
const binary = browsers.find((file) => existsSync(file))

export const hasWebkit = Boolean(binary && findProgram("WebKitWebDriver") && findProgram("Xvfb"))

/** @returns a browser with one tab; a tab is named by its handle */
export async function startWebkit() {
  const display = await startDisplay()
  const port = await freePort()
  const driver = spawn("WebKitWebDriver", ["--host=127.0.0.1", `--port=${port}`], { stdio: "ignore", detached: true, env: { ...process.env, DISPLAY: display.name } })
  const call = createCaller(`http://127.0.0.1:${port}`)
  await expect.poll(() => call("GET", "/status").then(({ ready }) => ready, () => false), { message: "the driver is ready" }).toBe(true)
  const { sessionId } = await call("POST", "/session", { capabilities: { alwaysMatch: { "webkitgtk:browserOptions": { binary, args: ["--automation"] } } } })
  const session = (method, path, body) => call(method, `/session/${sessionId}${path}`, body)
  await session("POST", "/timeouts", { script: 60_000 })
  return {
    /** @param {string} url */
    open: (url) => session("POST", "/url", { url }),
    reload: () => session("POST", "/refresh", {}),
    firstTab: () => session("GET", "/window"),
    /** Opens one and turns to it. @returns {Promise<string>} */
    async newTab() {
      const { handle } = await session("POST", "/window/new", { type: "tab" })
      await session("POST", "/window", { handle })
      return handle
    },
    /** @param {string} handle */
    turnTo: (handle) => session("POST", "/window", { handle }),
    /** The tab that was turned to; another must be turned to next. */
    closeTab: () => session("DELETE", "/window"),
    /** Calls `what` in the page and gives what it resolves to, as JSON carries it. @param {(given: any) => any} what @param {unknown} [given] */
    async evaluate(what, given = null) {
      const script = `const [given, done] = arguments; Promise.resolve().then(() => (${what})(given)).then((value) => done({ value }), (error) => done({ error: String(error.stack ?? error) + " " + (error.code ?? "") + error }))`
      const { value, error } = await session("POST", "/execute/async", { script, args: [given] })
      if (error) throw new Error(error)
      return value
    },
    async close() {
      await session("DELETE", "").catch((/** @type {Error} */ error) => console.error(error)) // its processes end below all the same
      await end(driver)
      await end(display.process)
    },
  }
}

/** @param {string} url */
function createCaller(url) {
  return async (/** @type {string} */ method, /** @type {string} */ path, /** @type {unknown} */ body) => {
    const response = await fetch(url + path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    const { value } = await response.json()
    if (!response.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`)
    return value
  }
}

/** A display nobody sees, with a number that is free. */
async function startDisplay() {
  const xvfb = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp"], { stdio: ["ignore", "ignore", "ignore", "pipe"], detached: true })
  const number = await new Promise((resolve, reject) => {
    xvfb.once("error", reject)
    xvfb.once("exit", (code) => reject(new Error(`Xvfb ended with ${code}`)))
    xvfb.stdio[3].once("data", (text) => resolve(String(text).trim()))
  })
  return { name: `:${number}`, process: xvfb }
}

async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Ends a process that was started with a group of its own, and what it started. @param {import("node:child_process").ChildProcess} child */
async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once("exit", resolve))
  process.kill(-child.pid, "SIGKILL")
  await ended
}
