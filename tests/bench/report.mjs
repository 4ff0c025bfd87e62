// The report as text.

/** @param {any} report */
export function printReport(report) {
  console.log(`\n${report.cpu ?? "?"}, ${report.cores} cores · Node ${report.node} · ${report.commit ?? "no commit"} · ${report.when}`)
  for (const subject of ["database", "queries", "sync", "stores"]) if (report[subject]) printSubject(subject, report[subject])
  printSizes(report.download)
}

/** @param {string} subject @param {any} measured */
function printSubject(subject, { load, native, ...hosts }) {
  console.log(`\n${subject}; load average ${load.before.toFixed(1)} before, ${load.after.toFixed(1)} after (what else the machine did)`)
  for (const [host, { version, loadedMs, tables, peers, writes }] of Object.entries(hosts)) {
    for (const { nodes, rows } of tables) {
      const title = `${host}${version ? ` ${version}` : ""}, ${nodes.toLocaleString("en")} nodes`
      if (subject === "sync") printMeetings(title, rows)
      else printTable(title, rows)
    }
    if (loadedMs) console.log(`\nFrom the import of the package to the first open database: ${ms(loadedMs)} ms`)
    if (writes) printWrites(writes)
    if (peers) for (const { name, value } of peers) console.log(`${name}: ${value}`)
  }
  if (native) console.log(`\n${native.tables}`)
}

/** @param {string} title @param {any[]} rows */
function printMeetings(title, rows) {
  console.log(`\n${title}`)
  line(["", "bytes", "plain bytes", "rounds", "ms one", "ms other", "longest ms"])
  for (const row of rows) {
    const [one, other] = row.ms === undefined ? [row.msOne, row.msOther] : [row.ms, undefined]
    line([row.group === "new peer" ? `new peer: ${row.name}` : row.name, row.bytes.toLocaleString("en"), row.plainBytes?.toLocaleString("en") ?? "", String(row.rounds ?? ""), ...[one, other, row.msLongest].map(value => value === undefined ? "" : ms(value))])
    if (row.msPlainGive) line(["  plain: a Map as JSON, deflated", "", "", "", ms(row.msPlainGive), ms(row.msPlainTake), ""])
  }
}

/** @param {string} title @param {any[]} rows */
function printTable(title, rows) {
  console.log(`\n${title}`)
  line(["", "weft ms", "per second", "plain ms", "ratio", "KB"])
  for (const { name, count, ms: ours, plainMs, bytes } of rows) {
    line([name, ms(ours), count > 1 ? Math.round(count / ours * 1000).toLocaleString("en") : "", plainMs === null ? "" : ms(plainMs),
      plainMs === null ? "" : (ours / plainMs).toFixed(1), bytes === undefined ? "" : (bytes / 1000).toFixed(1)])
  }
}

/** @param {any[]} writes of each store */
function printWrites(writes) {
  console.log("\nWrites")
  line(["", "one ms", "strict ms", "turn/s", "flushed/s", "strict/s"])
  for (const { name, acknowledgedMs, strictMs, ...rates } of writes) {
    line([name, ...[acknowledgedMs, strictMs].map(value => value === undefined ? "" : ms(value)),
      ...[rates.turnPerSecond, rates.flushedPerSecond, rates.strictPerSecond].map(value => value === undefined ? "" : Math.round(value).toLocaleString("en"))])
  }
}

/** @param {{ name: string, raw: number, gzip: number, brotli: number }[]} download */
function printSizes(download) {
  console.log("\nDownload, KB")
  line(["", "raw", "gzip", "brotli"])
  for (const { name, raw, gzip, brotli } of download) line([name, ...[raw, gzip, brotli].map(size => (size / 1000).toFixed(1))])
}

const ms = (/** @type {number} */ value) => value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0)
const line = (/** @type {string[]} */ cells) => console.log(cells.map((cell, i) => i === 0 ? cell.padEnd(44) : cell.padStart(12)).join(""))
