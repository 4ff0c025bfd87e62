/** Our side of a reconciliation: the native tests' `negentropy_peer`, one line asked, one line answered. */
import { spawn } from "node:child_process"
import { existsSync, statSync } from "node:fs"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

/** The newest one the native tests have built, or null. */
export function findPeer() {
  const built = ["native-release", "asan", "native-debug"]
    .map(preset => fileURLToPath(new URL(`../../../build/${preset}/tests/native/negentropy_peer`, import.meta.url)))
    .filter(file => existsSync(file))
  return built.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0] ?? null
}

/** `items`: `[{ clock, id }]`, ids as 64 hex digits; messages are hex too. */
export function createOurs(program) {
  const child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] })
  const waiting = []
  createInterface({ input: child.stdout }).on("line", line => {
    const { resolve, reject } = waiting.shift()
    if (line.startsWith("error")) reject(new Error(line))
    else resolve(line)
  })
  const ended = new Promise(resolve => child.once("exit", code => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`negentropy_peer ended with ${code}`))
    resolve(code)
  }))
  const ask = line => new Promise((resolve, reject) => {
    waiting.push({ resolve, reject })
    child.stdin.write(`${line}\n`)
  })
  const list = text => (text === "-" ? [] : text.split(","))

  return {
    hold: (items, { branching = 16, frameLimit = 0 } = {}) =>
      Promise.all([ask(`new ${branching} ${frameLimit}`), ...items.map(({ clock, id }) => ask(`item ${clock} ${id}`))]),
    initiate: () => ask("initiate"),
    respond: message => ask(`respond ${message}`),
    async proceed(message) {
      const [next, have, need] = (await ask(`proceed ${message}`)).split(" ")
      return { message: next === "-" ? null : next, have: list(have), need: list(need) }
    },
    /** The exit code: not 0 when a sanitizer had something to say. */
    close() {
      child.stdin.end()
      return ended
    },
  }
}
