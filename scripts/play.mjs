/**
 * `npm start -- --headless`: plays the demo in Chromium and Firefox with no person, on the page a person uses.
 *
 * 1. Every scene ends in all peers that are open being proved equal, and compares their fingerprints and graphs itself.
 * 2. A line a scene: what, which sync mode, how long, how many operations and bytes went over the wire.
 * 3. The result is 0 only if every scene went as told and no page said an error.
 */
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { createPlayer, until } from "./player.mjs"
import { root } from "./process.mjs"

// `back` and `done` answer a full state or a reconciliation; they are no mode of their own.
const MODES = { delta: "delta", full: "full state", ranges: "reconciliation", live: "live" }
const STATIONS = 25
const PHONE = { width: 390, height: 844 }

/**
 * @param {{ demoUrl: string, relayUrl?: string, outDir?: string, log?: (line: string) => void }} options
 * @returns {Promise<number>} 0 when all went well, else 1
 */
export async function play({ demoUrl, relayUrl, outDir = join(root, "build/screenshots"), log = console.log }) {
  mkdirSync(outDir, { recursive: true })
  const stage = setStage({ demoUrl, relayUrl, outDir, log })
  const began = Date.now()
  try {
    for (const [title, scene] of scenes) await stage.scene(title, () => scene(stage))
    await stage.finale()
  } catch (error) {
    stage.problems.push(error.message)
    await stage.showTrouble()
  } finally {
    await Promise.all(stage.players.map(player => player.end()))
  }
  for (const problem of stage.problems) log(`  ✘ ${problem}`)
  log(stage.problems.length === 0 ? `All equal, ${seconds(Date.now() - began)}. Screenshots are in ${outDir}.` : `It did not go as it should, ${seconds(Date.now() - began)}.`)
  return stage.problems.length === 0 ? 0 : 1
}

/** In order; each builds on what the ones before it left. */
const scenes = [
  ["both join", bothJoin],
  ["nodes, edits, links and removes made on each side", bothWrite],
  ["Firefox away, Chromium writes 50 changes, Firefox returns", returnByDelta],
  ["Firefox away, Chromium writes more than the oplog holds, Firefox wrote too", returnByFallback],
  ["a third, brand-new peer (a phone)", newcomer],
  ["two fields of one node edited apart", fieldsApart],
  ["links from one node made apart", linksApart],
  ["two tabs of Firefox, peers off", tabsAlone],
  ["the tabs' work reaches everyone when peers are on again", tabsBack],
]

function setStage({ demoUrl, relayUrl, outDir, log }) {
  const problems = []
  const room = `play-${Math.random().toString(36).slice(2, 10)}`
  const url = ({ rtc = true } = {}) => {
    const address = new URL(demoUrl)
    if (relayUrl && !address.searchParams.has("relay")) address.searchParams.append("relay", relayUrl)
    address.hash = new URLSearchParams({ room, ...(rtc ? {} : { rtc: "0" }) }).toString()
    return address.href
  }
  const chromium = createPlayer({ name: "Chromium", engine: "Chromium", url, problems })
  const firefox = createPlayer({ name: "Firefox", engine: "Firefox", url, problems })
  const phone = createPlayer({ name: "phone", engine: "Chromium", url, problems, viewport: PHONE, colorScheme: "dark" })
  const players = [chromium, firefox, phone]
  let number = 0

  return {
    problems, players, chromium, firefox, phone,
    /** Runs one scene, which returns `{ ms, peer, mode }` or nothing, and prints its line. */
    async scene(title, run) {
      const began = Date.now()
      const { ms = Date.now() - began, traffic = null, mode } = await run() ?? {}
      const amounts = traffic ? `${String(traffic.operations).padStart(6)} operations ${size(traffic.bytes).padStart(9)}` : ""
      log(`${String(++number).padStart(2)}. ${title.padEnd(75)} ${(mode ?? traffic?.mode ?? "").padEnd(42)} ${String(Math.round(ms)).padStart(6)} ms ${amounts}`)
    },
    /** The open players' fingerprints and graphs are equal, all of them proved. */
    async allEqual() {
      const open = players.filter(player => player.isOpen)
      await Promise.all(open.map(player => player.proved(open.length - 1)))
      const states = await Promise.all(open.map(player => player.state()))
      for (const [index, state] of states.entries()) {
        if (state.fingerprint !== states[0].fingerprint) throw new Error(`${open[index].name} has another fingerprint than ${open[0].name}.`)
        if (state.graph !== states[0].graph) throw new Error(`${open[index].name} has another graph than ${open[0].name}.`)
      }
      return states[0]
    },
    async finale() {
      const { fingerprint, nodes, links } = await this.allEqual()
      // A frame for the layout to settle in view.
      await chromium.choose("Ada").catch(error => problems.push(error.message))
      for (const player of players) {
        await player.screenshot(join(outDir, `${player.name.toLowerCase()}.png`), { fullPage: true })
      }
      await chromium.page.setViewportSize(PHONE)
      await chromium.screenshot(join(outDir, "chromium-phone.png"), { fullPage: true })
      log(`    ${nodes} nodes, ${links} links, fingerprint ${fingerprint} on all ${players.length}`)
    },
    async showTrouble() {
      for (const player of players) {
        if (player.page) await player.screenshot(join(outDir, `${player.name.toLowerCase()}-failed.png`)).catch(() => {})
      }
    },
  }
}

/** What went over a player's links since it joined: mode by the kinds of message, operations and bytes both ways. */
async function trafficOf(player) {
  const peers = await player.peers()
  const kinds = new Set()
  let operations = 0
  let bytes = 0
  let substitutes = 0
  for (const { sent, received, sentSum, receivedSum, fullInPlaceOfReconcile } of peers) {
    substitutes += fullInPlaceOfReconcile
    operations += sentSum.operations + receivedSum.operations
    bytes += sentSum.bytes + receivedSum.bytes
    for (const kind of Object.keys(MODES)) if (sent[kind]?.messages + received[kind]?.messages > 0) kinds.add(MODES[kind])
  }
  const mode = [...kinds].filter(kind => kind !== "live" || kinds.size === 1).join(" + ") || "in sync"
  return { operations, bytes, mode: substitutes > 0 ? `${mode} (for reconciliation)` : mode }
}

/** Runs in the page: how many nodes of that name there are. */
const countNamed = name => globalThis.demo.snapshot().then(({ nodes }) => Object.values(nodes).filter(value => value.name === name).length)

async function bothJoin({ chromium, firefox, allEqual }) {
  await Promise.all([chromium.open(), firefox.open()])
  const began = Date.now()
  await allEqual()
  const [{ link }] = await firefox.peers()
  return { traffic: await trafficOf(firefox), ms: Date.now() - began, mode: `in sync, dialed ${Math.round(link.openedAfterMs)} ms` }
}

async function bothWrite({ chromium, firefox, allEqual }) {
  const began = Date.now()
  await chromium.addNode("Ada", "person")
  await firefox.addNode("Engine", "thing")
  await chromium.addNode("Draft", "idea")
  await firefox.sees("Ada", countNamed, "Ada")
  await chromium.sees("Engine", countNamed, "Engine")
  await firefox.choose("Ada")
  await firefox.editField("note", "wrote the first program")
  await firefox.linkTo("Engine", "programs")
  await chromium.choose("Engine")
  await chromium.editField("note", "of brass, never finished")
  await chromium.linkTo("Ada", "inspires")
  await firefox.choose("Draft")
  await firefox.removeChosen()
  await chromium.sees("the removal", name => globalThis.demo.snapshot().then(({ nodes }) => !Object.values(nodes).some(value => value.name === name)), "Draft")
  await until(async () => (await chromium.state()).links === 2 && (await firefox.state()).links === 2, "both see both links")
  await chromium.run(buildStations, STATIONS)
  const { graph } = await allEqual()
  for (const text of ["wrote the first program", "of brass, never finished", " programs ", " inspires "]) {
    if (!graph.includes(text)) throw new Error(`“${text.trim()}” is missing in the graph.`)
  }
  return { traffic: await trafficOf(firefox), ms: Date.now() - began }
}

/** Runs in the page: a tree of stations below Ada. */
const buildStations = async count => {
  const { db } = globalThis.demo
  const { results: [ada] } = await db.map({ query: { name: "Ada" } })
  for (let index = 0; index < count; index++) {
    await db.put({ name: `Station ${index + 1}`, kind: ["place", "thing", "idea"][index % 3], round: 0, note: "quiet" }, `station-${index}`)
    await db.link(index < 3 ? ada.id : `station-${Math.floor(index / 3) - 1}`, `station-${index}`)
  }
}

/** Runs in the page: that many changes, over the stations' rounds and then their notes, in turn. */
const changeStations = async ({ changes, stations, from }) => {
  const { db } = globalThis.demo
  for (let at = 0; at < changes; at++) {
    const id = `station-${at % stations}`
    const { result } = await db.get(id)
    const field = Math.floor(at / stations) % 2 === 0 ? { round: from + at } : { note: `change ${from + at}` }
    await db.put({ ...result.value, ...field }, id)
  }
}

async function returnByDelta({ chromium, firefox, allEqual }) {
  await firefox.close()
  await chromium.run(changeStations, { changes: 50, stations: STATIONS, from: 1 })
  const began = Date.now()
  await firefox.open()
  await firefox.sees("the last change", () => globalThis.demo.snapshot().then(({ nodes }) => Object.values(nodes).some(({ note }) => note === "change 50")))
  await allEqual()
  const traffic = await trafficOf(firefox)
  if (!traffic.mode.includes("delta")) throw new Error(`Firefox caught up by ${traffic.mode}, not by delta.`)
  return { traffic, ms: Date.now() - began }
}

async function returnByFallback({ chromium, firefox, allEqual }) {
  await firefox.switchPeers(false)
  await firefox.addNode("Written while away", "idea")
  await firefox.run(() => globalThis.demo.db.flush())
  await firefox.close()
  await chromium.run(changeStations, { changes: 1_200, stations: STATIONS, from: 100 })
  await firefox.open({ rtc: false })
  const began = Date.now()
  await firefox.switchPeers(true)
  await chromium.sees("what Firefox wrote while away", countNamed, "Written while away")
  const { graph } = await allEqual()
  if (!graph.includes("change 1299")) throw new Error("Firefox lacks what Chromium wrote last.")
  const traffic = await trafficOf(firefox)
  if (traffic.mode.includes("delta") || traffic.mode === "in sync") throw new Error(`Firefox came back by ${traffic.mode}, not by the fallback.`)
  return { traffic, ms: Date.now() - began }
}

async function newcomer({ phone, allEqual }) {
  const began = Date.now()
  await phone.open()
  await allEqual()
  const traffic = await trafficOf(phone)
  if (!traffic.mode.includes("full state")) throw new Error(`The new peer was given ${traffic.mode}, not the full state.`)
  return { traffic, ms: Date.now() - began }
}

/** Both switch peers off, do their part alone, and switch them on again. */
async function apart({ chromium, firefox, phone, allEqual }, there, here) {
  await phone.close()
  await Promise.all([chromium.switchPeers(false), firefox.switchPeers(false)])
  await there()
  await here()
  const began = Date.now()
  await Promise.all([chromium.switchPeers(true), firefox.switchPeers(true), phone.open()])
  const { graph } = await allEqual()
  return { graph, traffic: await trafficOf(firefox), ms: Date.now() - began }
}

async function fieldsApart(stage) {
  const { chromium, firefox } = stage
  const { graph, ...result } = await apart(stage,
    async () => { await chromium.choose("Engine"); await chromium.editField("note", "of steel by now") },
    async () => { await firefox.choose("Engine"); await firefox.editField("name", "Difference Engine") })
  if (!graph.includes("of steel by now") || !graph.includes("Difference Engine")) throw new Error("One of the two edits was lost.")
  return result
}

async function linksApart(stage) {
  const { chromium, firefox } = stage
  const { graph, ...result } = await apart(stage,
    async () => { await chromium.choose("Ada"); await chromium.linkTo("Station 2", "visits") },
    async () => { await firefox.choose("Ada"); await firefox.linkTo("Station 3", "founds") })
  if (!graph.includes(" visits ") || !graph.includes(" founds ")) throw new Error("One of the two links was lost.")
  return result
}

async function tabsAlone({ firefox }) {
  await firefox.switchPeers(false)
  const began = Date.now()
  const second = await firefox.openTab({ rtc: false })
  await firefox.addNode("From the first tab", "thing")
  await second.fill("#add-form [name=name]", "From the second tab")
  await second.click("#add-form button")
  for (const page of [firefox.page, second]) {
    for (const name of ["From the first tab", "From the second tab"]) await until(() => page.evaluate(countNamed, name), `both tabs have “${name}”`)
  }
  await Promise.all([firefox.proved(1), firefox.proved(1, second)])
  const [one, other] = await Promise.all([firefox.state(), firefox.state(second)])
  if (one.fingerprint !== other.fingerprint || one.graph !== other.graph) throw new Error("The two tabs differ.")
  const traffic = await trafficOf(firefox)
  await second.close()
  return { traffic, ms: Date.now() - began, mode: "tabs" }
}

async function tabsBack({ firefox, chromium, phone, allEqual }) {
  const began = Date.now()
  await firefox.switchPeers(true)
  await chromium.sees("what the second tab wrote", countNamed, "From the second tab")
  await phone.sees("what the first tab wrote", countNamed, "From the first tab")
  await allEqual()
  return { traffic: await trafficOf(firefox), ms: Date.now() - began }
}

const seconds = ms => `${(ms / 1000).toFixed(1)} s`
const size = bytes => bytes < 10_000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`
