/**
 * A person at the demo page, for play.mjs: a real browser with a profile of its own, so that one that was closed comes
 * back with its data. Everything is waited for by condition, with a limit; nothing sleeps.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chromium, firefox } from "@playwright/test"
import { chromiumOptions, firefoxChannel, firefoxOptions } from "./browsers.mjs"

const LIMIT_MS = 30_000
const LOOK_MS = 40
const DESKTOP = { width: 1360, height: 900 }

const launchers = {
  Chromium: (dir, options) => chromium.launchPersistentContext(dir, { ...chromiumOptions(), ...options }),
  // Firefox cannot pretend to a colour scheme over BiDi, and would refuse the option.
  Firefox: (dir, { colorScheme: _, ...options }) => firefox.launchPersistentContext(dir, { ...firefoxChannel(), ...firefoxOptions(), ...options }),
}

/** Waits until `condition` gives something true, and gives that. */
export async function until(condition, what, limitMs = LIMIT_MS) {
  const end = Date.now() + limitMs
  for (;;) {
    const result = await condition()
    if (result) return result
    if (Date.now() > end) throw new Error(`Waited ${limitMs / 1000} s in vain until ${what}.`)
    await new Promise(later => setTimeout(later, LOOK_MS))
  }
}

/**
 * @param {{ name: string, engine: "Chromium" | "Firefox", url: (options?: { rtc?: boolean }) => string, problems: string[], viewport?: object, colorScheme?: string }} options
 *   problems: what goes wrong in the page is noted there
 */
export function createPlayer({ name, engine, url, problems, viewport = DESKTOP, colorScheme = "light" }) {
  const profile = mkdtempSync(join(tmpdir(), "weft-play-"))
  let context = null
  let page = null
  // Firefox is made to look at a page by a style sheet of the tool's own, which the page's policy rightly refuses.
  let looking = false
  const note = text => { if (!looking) problems.push(`${name}: ${text}`) }

  /** A page of this browser, with the database open. */
  async function openPage(options) {
    context ??= await launchers[engine](profile, { viewport, colorScheme })
    const fresh = context.pages().find(one => one.url() === "about:blank") ?? await context.newPage()
    fresh.on("pageerror", error => note(error.message))
    fresh.on("console", message => { if (message.type() === "error") note(message.text()) })
    await fresh.goto(url(options))
    await ready(fresh, options?.rtc ?? true)
    return fresh
  }

  /** The page is there, with peers as wanted, and its database open. */
  async function ready(one, rtc) {
    const outcome = await until(() => one.evaluate(wanted => {
      const { demo } = globalThis
      return demo?.address.rtc === wanted ? demo.ready.then(() => "open", error => String(error?.message ?? error)) : null
    }, rtc).catch(() => null), `${name}'s page is loaded`) // between two pages there is nothing to ask
    if (outcome !== "open") throw new Error(`${name} could not open the database: ${outcome}`)
  }

  const player = {
    name,
    get page() { return page },
    get isOpen() { return context !== null },
    async open(options) {
      page = await openPage(options)
      return player
    },
    openTab: options => openPage(options),
    /** Closes the whole browser, as a person does: no goodbye is promised. */
    async close() {
      await context?.close()
      context = page = null
    },
    /** The switch of the page: the page loads anew, with peers or without. */
    async switchPeers(on) {
      if (await page.locator("#rtc").isChecked() !== on) await page.click("#rtc")
      await ready(page, on)
    },
    /** @param {any} fn runs in the page */
    run: (fn, argument) => page.evaluate(fn, argument),
    peers: () => page.evaluate(() => globalThis.demo.peers()),
    state: (one = page) => one.evaluate(async () => {
      const { fingerprint, nodes, links, watermark, oplog } = globalThis.demo.db.status()
      return { fingerprint, nodes, links, watermark, oplog: oplog.used, graph: JSON.stringify(await globalThis.demo.snapshot()) }
    }),
    /** Waits until this one is proved equal to as many peers as that. */
    proved: (count, one = page) => until(async () => {
      const peers = await one.evaluate(() => globalThis.demo.peers())
      return peers.length === count && peers.every(({ state }) => state === "proved") ? peers : null
    }, `${name} is proved equal to ${count} others`),
    async addNode(text, kind) {
      await page.fill("#add-form [name=name]", text)
      await page.selectOption("#add-form [name=kind]", kind)
      await page.click("#add-form button")
    },
    /** Opens a node in the editor, by keyboard: focus it in the graph, press Enter. */
    async choose(text) {
      const node = page.locator("#graph .node", { hasText: text }).first()
      await node.focus()
      await page.keyboard.press("Enter")
      await until(() => page.locator("#fields [name=name]").inputValue().then(value => value === text), `${text} is in the editor`)
    },
    async editField(field, value) {
      await page.fill(`#fields [name=${field}]`, value)
      await page.locator(`#fields [name=${field}]`).blur()
    },
    async linkTo(text, label) {
      await page.selectOption("#link-form [name=target]", { label: text })
      await page.fill("#link-form [name=label]", label)
      await page.click("#link-form button")
    },
    removeChosen: () => page.click("#remove"),
    /** Waits until the page shows a graph with (or without) something. */
    sees: (what, test, argument) => until(() => page.evaluate(test, argument), `${name} sees ${what}`),
    async screenshot(file, { fullPage = false } = {}) {
      looking = true
      await page.screenshot({ path: file, fullPage, caret: "initial" })
      await page.evaluate(() => 0) // what it reported has arrived by now
      looking = false
    },
    async end() {
      await player.close()
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
  return player
}
