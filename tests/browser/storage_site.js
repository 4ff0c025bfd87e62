// The pages of the storage and tabs tests: a site of their own, and a browser with a profile that can be killed.
import { chromium, firefox } from "@playwright/test"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chromiumOptions, firefoxChannel, firefoxOptions } from "../../scripts/browsers.mjs"
import { root } from "../../scripts/process.mjs"
import { serve } from "../../scripts/serve.mjs"

export async function startSite() {
  const site = await serve({ folders: { "/js/": join(root, "js"), "/dist/": join(root, "dist"), "/tests/": join(root, "tests") } })
  const address = (/** @type {string} */ which) => `${site.url}tests/browser/pages/${which}.html`
  return {
    close: site.close,
    address,
    /** @param {import("@playwright/test").Page} page @param {string} [which] a page of tests/browser/pages */
    async open(page, which = "storage") {
      await page.goto(address(which))
      await page.waitForFunction(() => globalThis.ready)
      return page
    },
  }
}

/** Browsers on one profile folder, one after the other. */
export function createProfile(browserName) {
  const folder = mkdtempSync(join(tmpdir(), "weft-profile-"))
  return {
    open: () => browserName === "chromium"
      ? chromium.launchPersistentContext(folder, chromiumOptions())
      : firefox.launchPersistentContext(folder, { ...firefoxChannel(), ...goingOn(firefoxOptions(), folder) }),
    /** The processes that show pages. */
    contentProcesses: () => processes(folder).filter((pid) => /--type=renderer[\0 ]|-contentproc[\0 ].*[\0 ]tab\0*$/s.test(commandLine(pid))),
    /** The one that shows a page: it works when the page does. */
    async processOf(page) {
      const before = new Map(this.contentProcesses().map((pid) => [pid, ticks(pid)]))
      await page.evaluate(() => { for (let i = 0; i < 3e8; i++); })
      const worked = (pid) => ticks(pid) - before.get(pid)
      return [...before.keys()].reduce((most, pid) => (worked(pid) > worked(most) ? pid : most))
    },
    /** SIGKILL for every process of the browser, at once. */
    kill() {
      if (!killAll(processes(folder))) throw new Error("the browser is not running")
    },
    /** What still runs of it, after a test that failed, ends first. */
    remove() {
      killAll(processes(folder))
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
    },
  }
}

/**
 * Playwright has Firefox quit as soon as one of its processes is killed (MOZ_CRASHREPORTER_SHUTDOWN), as no user's does.
 * @param {{ executablePath?: string }} options @param {string} folder
 */
function goingOn(options, folder) {
  if (!options.executablePath) return options
  const starter = join(folder, "start.sh")
  writeFileSync(starter, `#!/bin/sh\nunset MOZ_CRASHREPORTER_SHUTDOWN\nexec "${options.executablePath}" "$@"\n`, { mode: 0o755 })
  return { ...options, executablePath: starter }
}

/** @param {number[]} pids @returns {boolean} whether there were any */
function killAll(pids) {
  for (const pid of pids) signal(pid)
  for (const pid of pids) signal(-pid) // what was forked meanwhile stands in the browser's process group
  return pids.length > 0
}

/** Those that name the profile in their command line, and their children: Firefox's do not. @param {string} folder */
function processes(folder) {
  const all = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry)).map(Number).filter((pid) => pid !== process.pid)
  const found = new Set(all.filter((pid) => commandLine(pid).includes(folder)))
  for (let size = 0; size < found.size;) {
    size = found.size
    for (const pid of all) if (found.has(parent(pid))) found.add(pid)
  }
  return [...found]
}

/** @param {number} pid @returns {string[]} what the kernel tells of it behind its name, nothing when it ended meanwhile */
function stat(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").pop().split(" ")
  } catch {
    return []
  }
}

/** @param {number} pid */
const parent = (pid) => Number(stat(pid)[1] ?? 0)

/** Hundredths of a second that it has worked. @param {number} pid */
const ticks = (pid) => Number(stat(pid)[11] ?? 0)

function signal(pid) {
  try {
    process.kill(pid, "SIGKILL")
  } catch (error) {
    if (error.code !== "ESRCH") throw error
  }
}

function commandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8")
  } catch {
    return "" // it ended meanwhile
  }
}
