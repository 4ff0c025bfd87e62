/**
 * `npm start`: from a fresh clone to the demo in a browser.
 *
 *   npm start                       installs what is missing, builds, starts a relay and the demo, prints the address
 *   npm start -- --relay wss://…    uses that relay (may be repeated) instead of starting one
 *   npm start -- --headless         plays the demo with two real browsers and no person; exits 0 when all went well
 *   npm start -- --port N --host H  serves the demo there
 */
import { join } from "node:path"
import { parseArgs } from "node:util"
import { build } from "./build.mjs"
import { runIsolated } from "./netns.mjs"
import { Stop, root, runMain } from "./process.mjs"
import { serve } from "./serve.mjs"
import { ensureBrowsers, ensureNodeModules, ensureSystem } from "./setup.mjs"

const options = {
  relay: { type: "string", multiple: true },
  headless: { type: "boolean", default: false },
  port: { type: "string", default: "0" },
  host: { type: "string", default: "127.0.0.1" },
  // Set by this script for itself: everything is built, and the process is where it should run.
  prepared: { type: "boolean", default: false },
}

await runMain(async () => {
  const { headless, relay, port, host, prepared } = readArguments()
  if (!prepared) {
    await ensureSystem(headless ? ["build", "browser"] : ["build"])
    await ensureNodeModules()
    if (headless) await ensureBrowsers()
    await build()
  }
  if (headless && !prepared) {
    const again = [join(root, "scripts/start.mjs"), ...process.argv.slice(2), "--prepared"]
    return (await runIsolated(process.execPath, again, { echo: true })).code
  }
  const running = await startServices({ relay, port: Number(port), host })
  if (headless) return playAndClose(running)
  const stopped = untilStopped()
  announce(running)
  await stopped
  await running.close()
})

function readArguments() {
  try {
    const { values } = parseArgs({ options })
    for (const url of values.relay ?? []) {
      if (!/^wss?:\/\/[^/]/.test(url)) throw new Error(`--relay wants an address like wss://relay.example, not ${JSON.stringify(url)}`)
    }
    if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65535) throw new Error(`--port wants a number up to 65535, not ${JSON.stringify(values.port)}`)
    return values
  } catch (error) {
    throw new Stop(`${error.message}\nUse: npm start -- [--relay wss://…] [--headless] [--port N] [--host H]`)
  }
}

/** The relay (unless one was named) and the demo server. */
async function startServices({ relay: named, port, host }) {
  const { startRelay } = named ? {} : await import("./relay.mjs")
  const ownRelay = startRelay ? await startRelay({ port: 0, host }) : null
  const relayUrls = named ?? [ownRelay.url]
  const server = await serve({ port, host })
  const demoUrl = new URL(server.url)
  for (const url of relayUrls) demoUrl.searchParams.append("relay", url)
  return {
    demoUrl: demoUrl.href, relayUrls, ownRelay: Boolean(ownRelay),
    async close() {
      await Promise.all([server.close(), ownRelay?.close()])
    },
  }
}

async function playAndClose(running) {
  try {
    const { play } = await import("./play.mjs")
    return await play({ demoUrl: running.demoUrl, relayUrl: running.relayUrls[0] })
  } finally {
    await running.close()
  }
}

function announce({ demoUrl, relayUrls, ownRelay }) {
  console.log(`${ownRelay ? "Relay (started here)" : "Relay"}: ${relayUrls.join(" ")}`)
  console.log(`Demo: ${demoUrl}`)
  console.log("Open it in two browsers. Ctrl+C stops it.")
}

function untilStopped() {
  return new Promise(stop => {
    process.once("SIGINT", stop)
    process.once("SIGTERM", stop)
  })
}
