/**
 * `npm run faults -- [--seeds N] [--from S] [--cores C]`: the simulator of disks that fail (tests/faults), each core plays
 * every n-th seed. `--seed S` shows one.
 */
import { existsSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { build } from "./build.mjs"
import { Stop, root, run, runMain } from "./process.mjs"

await runMain(async () => {
  const options = readWords(process.argv.slice(2))
  if (!existsSync(join(root, "build/wasm-release/weft-core.wasm"))) await build()
  if (options.seed !== null) return (await play(options.seed, 1, 1)).code
  return playAll(options)
})

function readWords(words) {
  const options = { seeds: 10_000, from: 1, cores: availableParallelism(), seed: null }
  while (words.length) {
    const name = words.shift().replace(/^--/, "")
    if (!(name in options)) throw new Stop(`There is no --${name}; there are --seeds, --from, --cores and --seed.`)
    options[name] = Number(words.shift())
    if (!(options[name] >= 0)) throw new Stop("Numbers of 0 or more are wanted.")
  }
  return options
}

function play(from, stride, seeds) {
  return run(process.execPath, [join(root, "tests/faults/main.js"), from, stride, seeds].map(String), { echo: seeds === 1 })
}

async function playAll({ seeds, from, cores }) {
  const began = Date.now()
  const share = core => Math.floor(seeds / cores) + (core < seeds % cores ? 1 : 0)
  const results = await Promise.all(Array.from({ length: cores }, (_, core) => play(from + core, cores, share(core))))
  const tally = {}
  for (const { code, output } of results) {
    if (code !== 0) console.log(output.trimEnd())
    for (const [what, times] of Object.entries(JSON.parse(output.match(/^tally (.*)$/m)?.[1] ?? "{}"))) tally[what] = (tally[what] ?? 0) + times
  }
  for (const [what, times] of Object.entries(tally).sort()) console.log(`${String(times).padStart(8)}  ${what}`)
  const failed = results.filter(result => result.code !== 0).length
  const seconds = Math.round((Date.now() - began) / 1000)
  console.log(`faults: ${failed === 0 ? `${seeds} seeds, nothing wrong` : `${failed} FAILED`}, ${seconds} s`)
  return failed === 0 ? 0 : 1
}
