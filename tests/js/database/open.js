/**
 * Databases on the real core, from the sources: what `weft()` opens, with the module's file found where it is built.
 * What a test opens is closed at its end.
 */
import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"

import { createDatabase, openDatabase } from "../../../js/database.js"
import { readOptions } from "../../../js/database/options.js"
import { isWeftError } from "../../../js/errors.js"
import { openHost } from "../../../js/host.js"

/** @type {Map<string, Promise<Uint8Array>>} one array a file, so that it is compiled once */
const files = new Map()

/** @param {string} fileName @returns {Promise<Uint8Array>} */
export function locate(fileName) {
  const file = files.get(fileName) ?? readFile(new URL(`../../../build/wasm-release/${fileName}`, import.meta.url))
  files.set(fileName, file)
  return file
}

export const platform = { locate, now: Date.now }

/**
 * @param {import("node:test").TestContext} t
 * @param {object} [options]
 * @param {object} [overrides] of the platform
 */
export async function openDb(t, options = {}, overrides = {}) {
  const db = await openDatabase("test", options, { ...platform, ...overrides })
  t.after(() => db.close())
  return db
}

/**
 * A database and the host behind it, where a test needs links.
 * @param {import("node:test").TestContext} t @param {object} [options] @param {object} [overrides]
 */
export async function openBoth(t, options = {}, overrides = {}) {
  const checked = readOptions(options)
  const host = await openHost("test", checked, { ...platform, ...overrides })
  t.after(() => host.close())
  return { host, db: createDatabase("test", host, checked) }
}

/**
 * Joins two hosts by a link that delivers each message in a task of its own, in order.
 * @param {Awaited<ReturnType<typeof openBoth>>} a @param {Awaited<ReturnType<typeof openBoth>>} b
 * @param {"peer" | "tab"} [kind]
 */
export function join(a, b, kind = "peer") {
  const sent = { ab: 0, ba: 0 }
  let open = true
  /** @type {any} */
  const ends = {}
  const end = (id, way, other) => ({
    id, kind,
    send: (message) => {
      sent[way]++
      setImmediate(() => open && ends[other].receive(message))
    },
    close: () => part(),
  })
  const part = () => {
    open = false
    ends.a.close()
    ends.b.close()
  }
  ends.a = a.host.links.open(end("b", "ab", "b"))
  ends.b = b.host.links.open(end("a", "ba", "a"))
  return { part, sent, numbers: { a: ends.a.number, b: ends.b.number } }
}

/** Waits until `condition` holds; fails after `limitMs`. @param {() => unknown} condition @param {string} what */
export async function until(condition, what, limitMs = 5000) {
  const end = Date.now() + limitMs
  while (!(await condition())) {
    if (Date.now() > end) assert.fail(`waited ${limitMs} ms in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** @param {...{ db: any }} sides */
export const equal = (...sides) => new Set(sides.map(({ db }) => db.status().fingerprint)).size === 1

/** @param {Promise<unknown>} promise @param {string} code @param {string} [path] */
export async function rejects(promise, code, path) {
  await assert.rejects(promise, (error) => {
    assert.ok(isWeftError(error), `not a WeftError: ${error?.stack}`)
    assert.equal(error.code, code, error.message)
    if (path !== undefined) assert.equal(error.path, path)
    return true
  })
}

/** Everything of a graph that a user sees, and its fingerprint. @param {any} db */
export async function picture(db) {
  const { results } = await db.map()
  return { fingerprint: db.status().fingerprint, results, links: await Promise.all(results.map(({ id }) => db.links(id))) }
}

/** The microtasks and the task in which drains and deliveries happen. */
export const nextTask = () => new Promise((resolve) => setImmediate(resolve))
