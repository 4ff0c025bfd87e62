// The tables of docs/performance.md, made from a run and from nothing else: `npm run bench -- --docs`.
import { readFileSync, writeFileSync } from "node:fs"

/** Puts the tables of what the report holds between the marks of their subjects. @param {any} report @param {string} path */
export function writeDocs(report, path) {
  let text = readFileSync(path, "utf8")
  if (report.database) text = between(text, "bench", databaseTables(report), path)
  if (report.queries) text = between(text, "queries", queryTables(report), path)
  if (report.sync) text = between(text, "sync", syncTables(report), path)
  if (report.stores) text = between(text, "stores", storeTables(report), path)
  writeFileSync(path, text)
}

/** @param {string} text @param {string} mark @param {string} tables @param {string} path */
function between(text, mark, tables, path) {
  const [start, end] = [`<!-- ${mark}: begin -->`, `<!-- ${mark}: end -->`]
  const [before, rest] = text.split(start)
  const after = rest?.split(end)[1]
  if (after === undefined) throw new Error(`${path} lacks the marks ${start} and ${end}`)
  return `${before}${start}\n${tables}\n${end}${after}`
}

/** @param {any} report @param {{ before: number, after: number }} load */
const machine = ({ cpu, cores, node, commit, when }, load) =>
  `${cpu}, ${cores} cores, Node ${node}, commit ${commit}, ${when.slice(0, 10)}; load average ${load.before.toFixed(1)} before and ${load.after.toFixed(1)} after.`

/** @param {any} report */
function databaseTables(report) {
  const { load, ...hosts } = report.database
  const parts = [machine(report, load)]
  for (const [host, { version, loadedMs, tables: bySize, peers }] of Object.entries(hosts)) {
    parts.push(`### ${host === "node" ? "Node, no store" : `Chromium ${version}, OPFS`}`)
    parts.push(hostTable(/** @type {any[]} */ (bySize)))
    if (loadedMs) parts.push(`From the import of the package to the first open database: ${number(loadedMs)} ms.`)
    if (peers) parts.push(list(peers))
  }
  parts.push("### Download", sizes(report.download))
  return parts.join("\n\n")
}

/** @param {any} report */
function queryTables(report) {
  const { load, ...hosts } = report.queries
  const parts = [machine(report, load)]
  for (const [host, { version, tables: bySize }] of Object.entries(hosts)) {
    parts.push(`### Queries in ${host === "node" ? "Node" : `Chromium ${version}`}`)
    parts.push(hostTable(/** @type {any[]} */ (bySize)))
  }
  return parts.join("\n\n")
}

/** @param {any} report */
function storeTables(report) {
  const { load, chromium } = report.stores
  const { version, tables, writes, peers } = chromium
  return [
    machine(report, load), `### Opening, and the journal made anew, in Chromium ${version}`, storeTable(tables), list(peers), "### Writes, beside raw OPFS and raw IndexedDB",
    table(["", "one, until acknowledged", "one, strict", "a turn, until acknowledged", "a turn, until flushed", "a turn, strict"], writes.map((/** @type {any} */ row) => [
      row.name, ...[row.acknowledgedMs, row.strictMs].map(value => value === undefined ? "" : `${fine(value)} ms`),
      ...[row.turnPerSecond, row.flushedPerSecond, row.strictPerSecond].map(value => value === undefined ? "" : `${perSecond(value)}/s`)])),
  ].join("\n\n")
}

/** Rows that have bytes and no time are sizes. @param {{ nodes: number, rows: any[] }[]} bySize */
function storeTable(bySize) {
  const sized = bySize.map(({ nodes, rows }) => ({ nodes, cells: new Map(rows.map(row => [row.name, row.ms === 0 ? `${number(row.bytes / 1e6)} MB` : cell(row)])) }))
  const names = [...new Set(sized.flatMap(({ cells }) => [...cells.keys()]))]
  return table(["", ...sized.map(({ nodes }) => `${nodes.toLocaleString("en")} nodes`)], names.map(name => [name, ...sized.map(({ cells }) => cells.get(name) ?? "")]))
}

/** Counts are those of the first host: the same program sends the same messages. @param {any} report */
function syncTables(report) {
  const { load, native, ...hosts } = report.sync
  const names = Object.entries(hosts).map(([host, { version }]) => host === "node" ? "Node" : `Chromium ${version}`)
  const parts = [`${machine(report, load)}${names.length ? ` Milliseconds: ${names.join(", then ")}.` : ""}`]
  const [first] = /** @type {any[]} */ (Object.values(hosts))
  for (const [at, { nodes }] of (first?.tables ?? []).entries()) {
    const byHost = Object.values(hosts).map(({ tables }) => tables[at].rows)
    const rowsOf = (/** @type {string} */ group) => byHost[0].filter((/** @type {any} */ row) => row.group === group)
    const times = (/** @type {string} */ name, /** @type {(row: any) => number} */ part) => byHost.map(rows => number(part(rows.find((/** @type {any} */ row) => row.name === name)))).join(", ")
    const size = `${nodes.toLocaleString("en")} nodes`
    parts.push(`### Two replicas of ${size}`)
    parts.push(table(["differences", "plain bytes", "bytes", "rounds", "by", "ms, one side", "ms, the other", "longest ms"], rowsOf("differences").map((/** @type {any} */ row) =>
      [row.name, count(row.plainBytes), count(row.bytes), String(row.rounds), row.how, times(row.name, r => r.msOne), times(row.name, r => r.msOther), times(row.name, r => r.msLongest)])))
    parts.push(table(["the same changes of one side, by", "bytes", "rounds", "ms, both sides", "longest ms"], rowsOf("ways").map((/** @type {any} */ row) =>
      [row.name, count(row.bytes), String(row.rounds), times(row.name, r => r.msOne + r.msOther), times(row.name, r => r.msLongest)])))
    parts.push(table([`${size} to a new peer`, "bytes", "ms to give", "ms to take", "longest ms"], rowsOf("new peer").flatMap((/** @type {any} */ row) => [
      [row.name, count(row.bytes), times(row.name, r => r.msOne), times(row.name, r => r.msOther), times(row.name, r => r.msLongest)],
      ["— plain: a Map as JSON, deflated", count(row.plainBytes), times(row.name, r => r.msPlainGive), times(row.name, r => r.msPlainTake), ""],
      ["— plain: rows of MessagePack, deflated", count(row.rowBytes), "", "", ""]])))
    parts.push(table(["live, between two that are joined", "bytes", "bytes an operation", "operations a second"], rowsOf("live").map((/** @type {any} */ row) =>
      [row.name, count(row.bytes), number(row.bytes / row.count), row.ms ? byHost.map(rows => perSecond(row.count / rows.find((/** @type {any} */ r) => r.name === row.name).ms * 1000)).join(", ") : ""])))
  }
  for (const { peers } of Object.values(hosts)) if (peers) parts.push("### Between two pages, by a relay and WebRTC", list(peers))
  if (native) parts.push("### Ranges alone, by branching", `C++ (${native.compiler}). Bytes both ways in rounds, and the time of both sides.`, native.tables)
  return parts.join("\n\n")
}

/** @param {{ name: string, value: string }[]} items */
const list = (items) => items.map(({ name, value }) => `- ${name}: ${value}`).join("\n")
const count = (/** @type {number} */ value) => value.toLocaleString("en")

/** A row an operation, a column a size. @param {{ nodes: number, rows: any[] }[]} bySize */
function hostTable(bySize) {
  const names = [...new Set(bySize.flatMap(({ rows }) => rows.map(row => row.name)))]
  const head = ["", ...bySize.map(({ nodes }) => `${nodes.toLocaleString("en")} nodes`)]
  const body = names.map(name => [name, ...bySize.map(({ rows }) => cell(rows.find(row => row.name === name)))])
  return table(head, body)
}

/** @param {any} row */
function cell(row) {
  if (!row) return ""
  const { count, ms, plainMs, bytes } = row
  const rate = count > 1 ? `${perSecond(count / ms * 1000)}/s` : `${fine(ms)} ms`
  const ratio = plainMs === null ? "" : ` · ×${fine(ms / plainMs)}`
  return `${rate}${ratio}${bytes === undefined ? "" : ` · ${number(bytes / 1000)} KB`}`
}

/** @param {any[]} download */
function sizes(download) {
  return table(["KB", "raw", "gzip", "brotli"], download.map(({ name, raw, gzip, brotli }) => [name, ...[raw, gzip, brotli].map(size => number(size / 1000))]))
}

/** @param {string[]} head @param {string[][]} body */
function table(head, body) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(" | ")} |`
  return [line(head), line(head.map((_, i) => i === 0 ? "---" : "---:")), ...body.map(line)].join("\n")
}

const perSecond = (/** @type {number} */ value) => value >= 1000 ? `${(value / 1000).toFixed(0)}k` : value.toFixed(0)
/** Also what is far below one. */
const fine = (/** @type {number} */ value) => value < 0.95 ? value.toPrecision(value < 0.095 ? 1 : 2) : number(value)
const number = (/** @type {number} */ value) => value < 10 ? value.toFixed(1) : value.toFixed(0)
