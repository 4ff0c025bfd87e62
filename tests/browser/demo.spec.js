// The demo page, as a person uses it: two pages in two contexts, a relay, the package built in dist/.
import { expect, test } from "@playwright/test"
import { startRelay } from "../../scripts/relay.mjs"
import { serve } from "../../scripts/serve.mjs"

let server
let relay
/** @type {string[]} */
let problems

test.beforeAll(async () => {
  server = await serve()
  relay = await startRelay()
})
test.afterAll(() => Promise.all([server.close(), relay.close()]))
test.beforeEach(() => { problems = [] })

/** @param {string} room */
function address(room, { rtc = true, relays = [relay.url] } = {}) {
  const url = new URL(server.url)
  for (const one of relays) url.searchParams.append("relay", one)
  url.hash = new URLSearchParams({ ...(room ? { room } : {}), ...(rtc ? {} : { rtc: "0" }) }).toString()
  return url.href
}

const freshRoom = () => `test-${Math.random().toString(36).slice(2, 10)}`

/** A page with its database open. In `context`, or one of its own. */
async function openPage(browser, url, { context, ...options } = {}) {
  const page = await (context ?? await browser.newContext(options)).newPage()
  page.on("pageerror", error => problems.push(error.message))
  await page.goto(url)
  await page.evaluate(() => globalThis.demo.ready.then(() => true))
  return page
}

const names = page => page.evaluate(() => globalThis.demo.snapshot().then(({ nodes }) => Object.values(nodes).map(({ name }) => name).sort()))
const proved = (page, count = 1) => expect.poll(() => page.evaluate(() => globalThis.demo.peers().map(({ state }) => state))).toEqual(Array(count).fill("proved"))

async function addNode(page, name, kind = "person") {
  await page.fill("#add-form [name=name]", name)
  await page.selectOption("#add-form [name=kind]", kind)
  await page.click("#add-form button")
}

async function two(browser) {
  const url = address(freshRoom())
  const [a, b] = await Promise.all([openPage(browser, url), openPage(browser, url)])
  await Promise.all([proved(a), proved(b)])
  return { a, b, url }
}
const closeAll = (...pages) => Promise.all(pages.map(page => page.context().close()))

test("a page without a room gets one in its address, and that address brings another into it", async ({ browser }) => {
  const a = await openPage(browser, address(""))
  expect(a.url()).toMatch(/#room=[a-z]+-[a-z]+-[a-z0-9]{4}$/)
  await addNode(a, "Ada")
  const b = await openPage(browser, a.url())
  await expect.poll(() => names(b)).toEqual(["Ada"])
  await expect(b.locator("#graph .node")).toHaveCount(1)
  expect(problems).toEqual([])
  await closeAll(a, b)
})

test("create, edit, link and remove, by keyboard alone, seen by the other", async ({ browser }) => {
  const { a, b } = await two(browser)
  for (const name of ["Ada", "Engine"]) {
    await a.focus("#add-form [name=name]")
    await a.keyboard.type(name)
    await a.keyboard.press("Enter")
    await expect.poll(() => names(b)).toContain(name)
  }
  await a.locator("#graph .node", { hasText: "Ada" }).focus()
  await a.keyboard.press("Enter")
  await expect(a.locator("#fields [name=name]")).toHaveValue("Ada")
  await a.focus("#fields [name=note]")
  await a.keyboard.type("first programmer")
  await a.keyboard.press("Tab")
  await expect.poll(() => b.evaluate(() => globalThis.demo.snapshot().then(({ nodes }) => Object.values(nodes).find(({ name }) => name === "Ada").note))).toBe("first programmer")
  // L begins a link, an arrow leads to the other node, Enter makes the link.
  await a.locator("#graph .node", { hasText: "Ada" }).focus()
  await a.keyboard.press("l")
  await expect(a.locator("#graph-mode")).toContainText("Link from Ada")
  const focused = () => a.evaluate(() => document.activeElement.textContent)
  for (const key of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]) if (await focused() !== "Engine") await a.keyboard.press(key)
  expect(await focused()).toBe("Engine")
  await a.keyboard.press("Enter")
  await expect.poll(() => b.evaluate(() => globalThis.demo.db.status().links)).toBe(1)
  await expect(b.locator("#graph .link")).toHaveCount(1)
  await a.locator("#graph .node", { hasText: "Engine" }).focus()
  await a.keyboard.press("Delete")
  await expect.poll(() => names(b)).toEqual(["Ada"])
  await expect(b.locator("#graph .link")).toHaveCount(0)
  expect(problems).toEqual([])
  await closeAll(a, b)
})

test("two edit two fields of one node; a field under someone's hands is not replaced", async ({ browser }) => {
  const { a, b } = await two(browser)
  await addNode(a, "Ada")
  await expect.poll(() => names(b)).toEqual(["Ada"])
  for (const page of [a, b]) {
    await page.locator("#graph .node").focus()
    await page.keyboard.press("Enter")
  }
  await a.focus("#fields [name=name]")
  await b.fill("#fields [name=name]", "Ada Lovelace")
  await b.locator("#fields [name=name]").blur()
  await expect.poll(() => names(a)).toEqual(["Ada Lovelace"])
  await expect(a.locator("#fields [name=name]")).toHaveValue("Ada")
  await a.locator("#fields [name=name]").blur()
  await expect(a.locator("#fields [name=name]")).toHaveValue("Ada Lovelace")
  await proved(a)
  expect(await names(b)).toEqual(["Ada Lovelace"])
  await closeAll(a, b)
})

test("several labels between two nodes are drawn and can be removed one by one", async ({ browser }) => {
  const { a, b } = await two(browser)
  await addNode(a, "Ada")
  await addNode(a, "Engine", "thing")
  for (const label of ["programs", "admires"]) {
    await a.evaluate(async name => {
      const { results } = await globalThis.demo.db.map({ field: "name" })
      await globalThis.demo.db.link(results[0].id, results[1].id, { label: name })
    }, label)
  }
  await expect(b.locator("#graph .link-label")).toHaveText(["programs", "admires"])
  await b.locator("#graph .node", { hasText: "Ada" }).focus()
  await b.keyboard.press("Enter")
  await b.locator("#links li", { hasText: "programs" }).locator("button.small").click()
  await expect(a.locator("#graph .link-label")).toHaveText(["admires"])
  await closeAll(a, b)
})

test("the live query follows the graph and says what is wrong with a filter", async ({ browser }) => {
  const { a, b } = await two(browser)
  await a.fill("#filter", "{ kind: 'place' }")
  await addNode(b, "London", "place")
  await addNode(b, "Ada")
  await expect(a.locator("#results li")).toHaveCount(1)
  await expect(a.locator("#results")).toContainText("London")
  await a.fill("#filter", "{ kind: place }")
  await expect(a.locator("#query-error")).toContainText("text needs quotes")
  await addNode(b, "Lyon", "place")
  await expect(a.locator("#results li")).toHaveCount(2)
  await a.fill("#filter", "{ $dance: 1 }")
  await expect(a.locator("#query-error")).toContainText("UNKNOWN_OPERATOR")
  await a.fill("#filter", "{}")
  await a.selectOption("#sort", "name")
  await expect(a.locator("#results .name")).toHaveText(["Ada", "London", "Lyon"])
  await expect(a.locator("#query-error")).toBeHidden()
  expect(problems).toEqual([])
  await closeAll(a, b)
})

test("a query that follows links hears of links that come and go; what it finds is ringed in the graph", async ({ browser }) => {
  const { a, b } = await two(browser)
  for (const name of ["Ada", "Engine", "Loom"]) await addNode(b, name, name === "Ada" ? "person" : "thing")
  await expect(a.locator("#results li")).toHaveCount(1)
  await a.locator("#results button").click()
  await a.click("#from-selected")
  await expect(a.locator("#filter")).toHaveValue(/^{ id: "[^"]+", \$edge: {} }$/)
  await expect(a.locator("#results li")).toHaveCount(0)
  const link = (source, target) => b.evaluate(async names => {
    const { results } = await globalThis.demo.db.map({})
    const [from, to] = names.map(name => results.find(({ value }) => value.name === name).id)
    await globalThis.demo.db.link(from, to)
  }, [source, target])
  await link("Ada", "Engine")
  await expect(a.locator("#results .name")).toHaveText(["Engine"])
  await link("Engine", "Loom")
  await expect(a.locator("#results .name")).toHaveText(["Engine", "Loom"])
  await expect(a.locator("#graph .node.match")).toHaveCount(2)
  await expect(a.locator("#query-heard")).toContainText("2 came")
  await b.locator("#graph .node", { hasText: "Engine" }).focus()
  await b.keyboard.press("Delete")
  await expect(a.locator("#results li")).toHaveCount(0)
  expect(problems).toEqual([])
  await closeAll(a, b)
})

test("peers are listed with mode, proof, operations and bytes; equal replicas show equal fingerprints", async ({ browser }) => {
  const { a, b, url } = await two(browser)
  await addNode(a, "Ada")
  await expect.poll(() => names(b)).toEqual(["Ada"])
  await Promise.all([proved(a), proved(b)])
  await expect(a.locator(".peer .badge")).toContainText("proved equal")
  await expect(a.locator(".peer")).toContainText(/Sync mode\s*in sync/)
  await expect(a.locator(".peer")).toContainText(/Sent\s*1 operation, \d+ B/)
  await expect(b.locator(".peer")).toContainText(/Received\s*1 operation, \d+ B/)
  await expect(a.locator("#headline")).toContainText("proved equal to this one")
  await expect(a.locator("#facts")).toContainText(/Oplog\s*1 of 1,000/)
  expect(await a.getAttribute("#fingerprint", "title")).toBe(await b.getAttribute("#fingerprint", "title"))
  const c = await openPage(browser, url)
  await proved(c, 2)
  await expect(c.locator("#peers")).toContainText("full state")
  await expect(a.locator("#peers-count")).toHaveText("2 peers")
  await closeAll(c)
  await expect(a.locator("#peers-count")).toHaveText("1 peer", { timeout: 20_000 })
  await closeAll(a, b)
})

test("with peers switched off no socket is opened, and tabs stay equal", async ({ browser }) => {
  const context = await browser.newContext()
  const connections = relay.stats.connections
  const room = freshRoom()
  const a = await openPage(browser, address(room, { rtc: false }), { context })
  const b = await openPage(browser, address(room, { rtc: false }), { context })
  await addNode(a, "From the first tab")
  await addNode(b, "From the second tab")
  for (const page of [a, b]) await expect.poll(() => names(page)).toEqual(["From the first tab", "From the second tab"])
  await expect(a.locator(".peer")).toContainText("in this browser")
  expect(relay.stats.connections).toBe(connections)
  await a.click("#rtc")
  await expect.poll(() => a.url()).not.toContain("rtc=0")
  await expect.poll(() => relay.stats.connections).toBeGreaterThan(connections)
  await context.close()
})

test("a relay that goes is told in words, and that peers stay; it is well again when it is back", async ({ browser }) => {
  const own = await startRelay()
  const url = address(freshRoom(), { relays: [own.url] })
  const [a, b] = await Promise.all([openPage(browser, url), openPage(browser, url)])
  await proved(a)
  await own.close()
  await expect(a.locator("#troubles")).toContainText(`The relay ${own.url} cannot be reached`)
  await expect(a.locator("#troubles")).toContainText("stays connected")
  await addNode(b, "Still here")
  await expect.poll(() => names(a)).toEqual(["Still here"])
  const back = await startRelay({ port: own.port })
  await expect(a.locator("#troubles")).toBeEmpty({ timeout: 30_000 })
  await closeAll(a, b)
  await back.close()
})

test("a relay that was never there is told in words, and the graph can be used", async ({ browser }) => {
  const a = await openPage(browser, address(freshRoom(), { relays: ["ws://127.0.0.1:1"] }))
  await expect(a.locator("#troubles")).toContainText("cannot be reached")
  await expect(a.locator("#troubles")).toContainText("What you change is kept")
  await addNode(a, "Alone")
  expect(await names(a)).toEqual(["Alone"])
  await closeAll(a)
})

test("what keeps the database from opening is told in words", async ({ browser }) => {
  const page = await (await browser.newContext()).newPage()
  await page.addInitScript(() => delete globalThis.RTCPeerConnection)
  await page.goto(address(freshRoom()))
  await expect(page.locator("#troubles")).toContainText("Switch “Peers” off")
  await expect(page.locator("#headline")).toContainText("could not be opened")
  await page.click("#rtc")
  await expect(page.locator("#troubles")).toBeEmpty()
  await expect(page.locator("#facts")).toContainText("OPFS")
  await closeAll(page)
})

for (const width of [390, 768, 1360]) {
  test(`at ${width} px nothing overflows, and every control has a name`, async ({ browser }) => {
    const page = await openPage(browser, address(freshRoom(), { rtc: false }), { viewport: { width, height: 844 } })
    await addNode(page, "A node with quite a long name to be shown in all places", "idea")
    for (const letter of "WMQG") await addNode(page, letter.repeat(22))
    await expect(page.locator("#editor")).toBeVisible()
    await expect(page.locator("#graph .node")).toHaveCount(5)
    const outside = () => page.evaluate(() => {
      const picture = document.querySelector("#graph").getBoundingClientRect()
      return [...document.querySelectorAll("#graph .node text")].filter(name => {
        const { left, right } = name.getBoundingClientRect()
        return left < picture.left || right > picture.right
      }).map(name => name.textContent)
    })
    await expect.poll(outside, { message: "names that leave the picture" }).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
    const nameless = await page.evaluate(() => [...document.querySelectorAll("input, select, textarea, button, [role=button]")]
      .filter(one => !one.labels?.length && !one.getAttribute("aria-label") && !one.textContent.trim()).map(one => one.outerHTML.slice(0, 80)))
    expect(nameless).toEqual([])
    expect(problems).toEqual([])
    await closeAll(page)
  })
}
