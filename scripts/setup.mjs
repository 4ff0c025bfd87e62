/**
 * Brings a machine to where the project can be built and tested: system packages and node_modules.
 *
 * 1. What is there is found by looking at files: on a ready machine this takes milliseconds.
 * 2. On Debian and its kin missing packages are installed when this user may (root, or sudo without a password).
 *    Otherwise, and on other systems, one line names what is missing and the script stops.
 */
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { Stop, findProgram, mustRun, root, succeeds } from "./process.mjs"

const compiled = ["build", "native", "fuzz"]

/** What is needed, for which works, how to see that it is there, and the Debian package that brings it. */
const needs = [
  { for: compiled, name: "cmake 3.25", package: "cmake", there: () => findProgram("cmake") },
  { for: compiled, name: "ninja", package: "ninja-build", there: () => findProgram("ninja") },
  { for: ["build"], name: "emscripten", package: "emscripten", there: () => findProgram("emcc") || existsSync("/usr/share/emscripten/emcc") },
  { for: compiled, name: "xz", package: "xz-utils", there: () => findProgram("xz"), debianOnly: true },
  { for: compiled, name: "bzip2", package: "bzip2", there: () => findProgram("bzip2"), debianOnly: true },
  { for: compiled, name: "CA certificates", package: "ca-certificates", there: () => existsSync("/etc/ssl/certs/ca-certificates.crt"), debianOnly: true },
  // CMake's project() wants a native compiler only for the tests, but ccache makes every build after the first short.
  { for: compiled, name: "ccache", package: "ccache", there: () => findProgram("ccache"), debianOnly: true },
  { for: ["native"], name: "a C++20 compiler", package: "g++", there: () => findProgram("c++") || findProgram("g++") },
  { for: ["native"], name: "GoogleTest", package: "libgtest-dev", there: () => ["/usr", "/usr/local", "/opt/homebrew"].some(dir => existsSync(`${dir}/include/gtest/gtest.h`)) },
  { for: ["fuzz"], name: "Clang", package: "clang", there: () => findProgram("clang++") },
  { for: ["fuzz"], name: "Clang's libFuzzer", package: "libclang-rt-dev", there: hasLibFuzzer },
  { for: ["browser"], name: "Chromium", package: "chromium", there: () => existsSync("/usr/bin/chromium"), debianOnly: true },
  { for: ["browser"], name: "Firefox", package: "firefox-esr", there: () => existsSync("/usr/bin/firefox-esr"), debianOnly: true },
  { for: ["browser"], name: "a font", package: "fonts-dejavu-core", there: () => existsSync("/usr/share/fonts/truetype"), debianOnly: true },
  { for: ["browser"], name: "ip", package: "iproute2", there: () => findProgram("ip"), debianOnly: true },
  // Tests that need these say so and are skipped without them.
  { for: ["webkit"], name: "WebKit's driver", package: "webkit2gtk-driver", there: () => findProgram("WebKitWebDriver"), debianOnly: true, optional: true },
  { for: ["webkit"], name: "a display for WebKit", package: "xvfb", there: () => findProgram("Xvfb"), debianOnly: true, optional: true },
]

/** Makes sure that what `works` ("build", "native", "fuzz", "browser", "webkit") need is on the machine. */
export async function ensureSystem(works) {
  const debian = isDebian()
  const missing = needs.filter(need => need.for.some(work => works.includes(work)) && (debian || !need.debianOnly) && !need.there())
  if (missing.length === 0) return
  const [optional, needed] = [missing.filter(need => need.optional), missing.filter(need => !need.optional)]
  const names = needed.map(need => need.name).join(", ")
  if (!debian) throw new Stop(`Missing on this machine: ${names}. Please install ${needed.length > 1 ? "them" : "it"} and start again.`)
  const sudo = process.getuid?.() === 0 ? [] : findProgram("sudo") && succeeds("sudo", ["-n", "true"]) ? ["sudo", "-n"] : null
  if (!sudo && needed.length) throw new Stop(`Missing: ${names}. Please run: sudo apt-get install --no-install-recommends ${missing.map(need => need.package).join(" ")}`)
  if (!sudo) return console.log(`${notThere(optional)} sudo apt-get install --no-install-recommends ${optional.map(need => need.package).join(" ")}`)
  if (needed.length) await install(sudo, needed)
  if (optional.length) await install(sudo, optional).catch(error => console.log(`${error.message}\n${notThere(optional)}`))
}

const notThere = optional => `Not on this machine: ${optional.map(need => need.name).join(", ")}; the tests that need it are skipped.`

/** @param {string[]} sudo the words before a command that only the system's owner may run @param {typeof needs} missing */
async function install(sudo, missing) {
  const packages = missing.map(need => need.package)
  console.log(`Installing ${packages.join(", ")} …`)
  const apt = (...words) => {
    const [command, ...args] = [...sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=120", ...words]
    return mustRun(command, args)
  }
  await apt("update")
  await apt("install", "--no-install-recommends", ...packages)
  const still = missing.filter(need => !need.there())
  if (still.length) throw new Stop(`apt-get installed ${packages.join(", ")}, and yet this is missing: ${still.map(need => need.name).join(", ")}.`)
}

/** Clang finds its runtime libraries below a folder that it names, in one for each platform. */
function hasLibFuzzer() {
  if (!findProgram("clang++")) return false
  const home = join(spawnSync("clang++", ["-print-resource-dir"], { encoding: "utf8" }).stdout.trim(), "lib")
  return existsSync(home) && readdirSync(home, { recursive: true }).some(name => /libclang_rt\.fuzzer[^/]*\.a$/.test(name))
}

const isDebian = () => Boolean(findProgram("apt-get")) && /^ID(_LIKE)?=.*debian/m.test(readOr("/etc/os-release", ""))

/** Makes node_modules what package-lock.json says. */
export async function ensureNodeModules() {
  if (nodeModulesMatch()) return
  console.log("Installing the development tools from npm …")
  const npm = process.platform === "win32" ? "npm.cmd" : "npm"
  await mustRun(npm, ["ci", "--no-audit", "--no-fund"], { env: { PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: "1" } })
}

/** npm leaves a lock of what it installed; optional packages of other platforms are rightly absent from it. */
function nodeModulesMatch() {
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages
  const installed = JSON.parse(readOr(join(root, "node_modules/.package-lock.json"), '{"packages":{}}')).packages
  return Object.entries(wanted).every(([path, entry]) =>
    path === "" || (installed[path] ? installed[path].version === entry.version : entry.optional === true))
}

/** Playwright brings its own browsers where the system has none that we can drive. */
export async function ensureBrowsers() {
  const wanted = [["chromium", "/usr/bin/chromium"], ["firefox", "/usr/bin/firefox-esr"]].filter(([, system]) => !existsSync(system)).map(([name]) => name)
  if (wanted.length === 0 || playwrightHas(wanted)) return
  await mustRun(process.execPath, [join(root, "node_modules/@playwright/test/cli.js"), "install", ...wanted], { echo: true })
}

function playwrightHas(names) {
  const home = process.env.PLAYWRIGHT_BROWSERS_PATH ?? join(process.env.HOME ?? "", ".cache/ms-playwright")
  const there = existsSync(home) ? readdirSync(home) : []
  return names.every(name => there.some(dir => dir.startsWith(`${name}-`)))
}

function readOr(file, otherwise) {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return otherwise
  }
}
