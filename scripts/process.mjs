/** Running other programs, for the scripts of this folder. Only Node's own modules: it works before `npm ci`. */
import { spawn, spawnSync } from "node:child_process"
import { accessSync, constants } from "node:fs"
import { delimiter, dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

/** The repository. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..")

/** A failure that is told in one line, without a stack: the person can act on it. */
export class Stop extends Error {}

/** Where `name` lies on PATH, or null. Looks at files only: fast enough to ask every time. */
export function findProgram(name) {
  const path = `${process.env.PATH ?? ""}${delimiter}/usr/sbin${delimiter}/sbin`
  for (const dir of path.split(delimiter)) {
    const file = join(dir, name)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {
      // Not there; the next folder may have it.
    }
  }
  return null
}

/**
 * Runs to the end and gives `{ code, output }`. With `echo` what it prints is shown as it comes;
 * otherwise it is only kept, to be shown by whoever finds that it failed.
 */
export function run(command, args, { cwd = root, env = {}, echo = false } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] })
    let output = ""
    const take = stream => chunk => {
      output += chunk
      if (echo) stream.write(chunk)
    }
    child.stdout.on("data", take(process.stdout))
    child.stderr.on("data", take(process.stderr))
    child.on("error", error => fail(new Stop(`${command} could not be started: ${error.message}`)))
    child.on("close", (code, signal) => done({ code: signal ? 1 : code, output }))
  })
}

/** Runs to the end; stops with everything it printed when it fails. */
export async function mustRun(command, args, options) {
  const { code, output } = await run(command, args, options)
  if (code !== 0) throw new Stop(`${options?.echo ? "" : output}\n${command} ${args.join(" ")} failed (exit code ${code}).`)
  return output
}

/** True when the program runs and exits with 0. Nothing is printed. */
export function succeeds(command, args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0
}

/** Runs a script's `main`; a `Stop` is told in words, everything else with its stack. */
export async function runMain(main) {
  try {
    process.exitCode = (await main()) ?? 0
  } catch (error) {
    console.error(error instanceof Stop ? error.message.trim() : error)
    process.exitCode = 1
  }
}

/** True when this module is the program that was started. */
export const isMain = meta => Boolean(process.argv[1]) && resolve(process.argv[1]) === fileURLToPath(meta.url)
