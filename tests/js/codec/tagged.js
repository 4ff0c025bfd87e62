/** The tagged JSON of tests/vectors → the JS values it stands for. */
import { readFileSync } from "node:fs"

/** @param {any} tagged @returns {any} */
export function untag(tagged) {
  if (tagged === null || typeof tagged !== "object") return tagged
  if (Array.isArray(tagged)) return tagged.map(untag)
  if ("$number" in tagged) return Number(tagged.$number)
  if ("$bigint" in tagged) return BigInt(tagged.$bigint)
  if ("$date" in tagged) return new Date(tagged.$date)
  if ("$binary" in tagged) return fromHex(tagged.$binary)
  return Object.fromEntries(Object.entries(tagged).map(([name, value]) => [name, untag(value)]))
}

/** @param {string} hex */
export const fromHex = (hex) => new Uint8Array(Buffer.from(hex, "hex"))
/** @param {Uint8Array} bytes */
export const toHex = (bytes) => Buffer.from(bytes).toString("hex")

/** @param {string} name @returns {any} */
export function readVectors(name) {
  return JSON.parse(readFileSync(new URL(`../../vectors/${name}`, import.meta.url), "utf8"))
}
