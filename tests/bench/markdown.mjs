// The tables of docs/performance.md, made from a run and from nothing else: `npm run bench -- --docs`.
import { readFileSync, writeFileSync } from "node:fs"

const START = "<!-- bench: begin -->"
const END = "<!-- bench: end -->"

/** Puts the report's tables between the two marks of the file. @param {any} report @param {string} path */
export function writeDocs(report, path) {
  const text = readFileSync(path, "utf8")
  const [before, rest] = text.split(START)
  const after = rest?.split(END)[1]
  if (after === undefined) throw new Error(`${path} lacks the marks ${START} and ${END}`)
  writeFileSync(path, `${before}${START}\n${tables(report)}\n${END}${after}`)
}

/** @param {any} report */
function tables(report) {
  const { cpu, cores, node, commit, when, load, hosts, download } = report
  const parts = [`${cpu}, ${cores} cores, Node ${node}, commit ${commit}, ${when.slice(0, 10)}; load average ${load.before.toFixed(1)} before and ${load.after.toFixed(1)} after.`]
  for (const [host, { version, loadedMs, tables: bySize, peers }] of Object.entries(hosts)) {
    parts.push(`### ${host === "node" ? "Node, no store" : `Chromium ${version}, IndexedDB`}`)
    parts.push(hostTable(/** @type {any[]} */ (bySize)))
    if (loadedMs) parts.push(`From the import of the package to the first open database: ${number(loadedMs)} ms.`)
    if (peers) parts.push(peers.map((/** @type {any} */ { name, value }) => `- ${name}: ${value}`).join("\n"))
  }
  parts.push("### Download", sizes(download))
  return parts.join("\n\n")
}

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
  const rate = count > 1 ? `${perSecond(count / ms * 1000)}/s` : `${number(ms)} ms`
  const ratio = plainMs === null ? "" : ` · ×${number(ms / plainMs)}`
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
const number = (/** @type {number} */ value) => value < 10 ? value.toFixed(1) : value.toFixed(0)
