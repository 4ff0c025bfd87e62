/** Prints what the package weighs: each file of dist/ raw, gzip and brotli, and what a page downloads. */
import { existsSync, readFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { brotliCompressSync, constants, gzipSync } from "node:zlib"
import { Stop, isMain, root, runMain } from "./process.mjs"

/** `[{ name, raw, gzip, brotli }]` in bytes, for every file that a page could load. */
export function measureSizes(dir = join(root, "dist")) {
  if (!existsSync(dir)) throw new Stop("dist/ is not there. Run: npm run build")
  return readdirSync(dir).filter(name => /\.(js|wasm)$/.test(name)).sort().map(name => {
    const data = readFileSync(join(dir, name))
    const brotli = brotliCompressSync(data, { params: {
      [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: data.length } })
    return { name, raw: data.length, gzip: gzipSync(data, { level: 9 }).length, brotli: brotli.length }
  })
}

/** What a page loads in all: as an ES module without rtc, the same with rtc, and the script tag with rtc. */
export function sumSizes(sizes) {
  const sum = (name, wanted) => sizes.filter(size => wanted(size.name)).reduce((total, { raw, gzip, brotli }) =>
    ({ name, raw: total.raw + raw, gzip: total.gzip + gzip, brotli: total.brotli + brotli }), { name, raw: 0, gzip: 0, brotli: 0 })
  const isGlobal = name => name === "weft.global.js"
  const isWorker = name => name === "weft-opfs.js" // where the store is OPFS: in most browsers
  const onlyRtc = name => /^(weft-crypto|rtc-)/.test(name) // both are loaded on demand
  return [
    sum("ES module without rtc", name => !isGlobal(name) && !onlyRtc(name)),
    sum("ES module with rtc", name => !isGlobal(name)),
    sum("script tag with rtc", name => isGlobal(name) || isWorker(name) || name.endsWith(".wasm")),
  ]
}

if (isMain(import.meta)) {
  await runMain(() => {
    const sizes = measureSizes()
    const line = cells => console.log(cells.map((cell, i) => i === 0 ? String(cell).padEnd(30) : String(cell).padStart(10)).join(""))
    line(["", "raw", "gzip", "brotli"])
    for (const { name, raw, gzip, brotli } of [...sizes, ...sumSizes(sizes)]) line([name, raw, gzip, brotli])
  })
}
