// The pages of the storage and tabs tests: a site of their own, and a browser with a profile that can be killed.
import { chromium, firefox } from "@playwright/test"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chromiumOptions, firefoxChannel, firefoxOptions } from "../../scripts/browsers.mjs"
import { root } from "../../scripts/process.mjs"
import { serve } from "../../scripts/serve.mjs"

export async function startSite() {
  const site = await serve({ folders: { "/js/": join(root, "js"), "/dist/": join(root, "dist"), "/tests/": join(root, "tests") } })
  return {
    close: site.close,
    /** @param {import("@playwright/test").Page} page @param {"storage" | "tabs-core" | "kill"} [which] */
    async open(page, which = "storage") {
      await page.goto(`${site.url}tests/browser/pages/${which}.html`)
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
      : firefox.launchPersistentContext(folder, { ...firefoxChannel(), ...firefoxOptions() }),
    /** SIGKILL for every process of the browser, at once. They are known by the profile in their command line. */
    kill() {
      const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry)).map(Number).filter((pid) => pid !== process.pid && commandLine(pid).includes(folder))
      if (pids.length === 0) throw new Error("the browser is not running")
      for (const group of new Set(pids)) signal(group)
      // What was forked without the profile in its command line stands in the browser's process group.
      for (const pid of pids) signal(-pid)
    },
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}

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
