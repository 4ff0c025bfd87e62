// The report as text.

/** @param {any} report */
export function printReport(report) {
  console.log(`\n${report.cpu ?? "?"}, ${report.cores} cores · Node ${report.node} · ${report.commit ?? "no commit"} · ${report.when}`)
  console.log(`Load average: ${report.load.before.toFixed(1)} before, ${report.load.after.toFixed(1)} after (what else the machine did)`)
  for (const [host, { version, loadedMs, tables, peers }] of Object.entries(report.hosts)) {
    for (const { nodes, rows } of tables) printTable(`${host}${version ? ` ${version}` : ""}, ${nodes.toLocaleString("en")} nodes`, rows)
    if (loadedMs) console.log(`\nFrom the import of the package to the first open database: ${ms(loadedMs)} ms`)
    if (peers) for (const { name, value } of peers) console.log(`${name}: ${value}`)
  }
  printSizes(report.download)
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

/** @param {{ name: string, raw: number, gzip: number, brotli: number }[]} download */
function printSizes(download) {
  console.log("\nDownload, KB")
  line(["", "raw", "gzip", "brotli"])
  for (const { name, raw, gzip, brotli } of download) line([name, ...[raw, gzip, brotli].map(size => (size / 1000).toFixed(1))])
}

const ms = (/** @type {number} */ value) => value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0)
const line = (/** @type {string[]} */ cells) => console.log(cells.map((cell, i) => i === 0 ? cell.padEnd(44) : cell.padStart(12)).join(""))
