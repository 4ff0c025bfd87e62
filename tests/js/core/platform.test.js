import assert from "node:assert/strict"
import { test } from "node:test"

import { createPlatform, foldText } from "../../../js/core/platform.js"
import { openBoth, openDb, rejects } from "../database/open.js"

const ids = ({ results }) => results.map(({ id }) => id)

test("folding: accents, case, compatibility forms, punctuation", () => {
  for (const [text, folded] of [
    ["José Ñandú", "jose nandu"], ["GROSSE große", "grosse grosse"], ["ΟΔΟΣ οδός", "οδοσ οδοσ"], ["İstanbul ISPARTA ılık", "istanbul isparta ilik"],
    ["ﬁn ＡＢ ½", "fin ab 1⁄2"], ["soft\u00adhyphen", "softhyphen"], ["a—b…c d\u00a0e", "a b c d e"], ["C++ 5€ a_b", "c++ 5€ a b"], ["  ", ""], ["😀", "😀"],
  ]) assert.equal(foldText(text), folded)
})

test("the core folds ASCII as the platform does", async (t) => {
  const db = await openDb(t)
  for (let code = 0; code < 128; code++) {
    const text = `x${String.fromCharCode(code)}y`
    const folded = foldText(text)
    await db.put({ text }, "n")
    for (const word of folded.split(" ")) assert.equal((await db.map({ query: { text: { $text: word } } })).results.length, 1, JSON.stringify(text))
    // With a character of its own alphabet the same text goes by way of the platform.
    await db.put({ text: `${text} é` }, "n")
    assert.equal((await db.map({ query: { text: { $text: `${text} e` } } })).results.length, 1, JSON.stringify(text))
    await db.put({ text: "xy x y" }, "n")
    assert.equal((await db.map({ query: { text: { $text: text } } })).results.length, folded === "x y" || folded === "xy" ? 1 : 0, JSON.stringify(text))
  }
})

test("patterns are JavaScript's, flags and all, and begin anew for every text", async (t) => {
  const db = await openDb(t)
  await db.batch((tx) => { for (const [id, name] of [["a", "Ada"], ["b", "bob\nAda"], ["c", "Zoë 😀"], ["d", "ada"]]) tx.put({ name, tags: [id, name] }, id) })
  const find = async (query) => ids(await db.map({ query }))
  assert.deepEqual(await find({ name: /^ada$/i }), ["a", "d"])
  assert.deepEqual(await find({ name: /ada/gi }), ["a", "b", "d"])
  assert.deepEqual(await find({ name: /^Ada/m }), ["a", "b"])
  assert.deepEqual(await find({ name: { $regex: /Ada/y } }), ["a"])
  assert.deepEqual(await find({ name: { $regex: "bob.Ada", $flags: "s" } }), ["b"])
  assert.deepEqual(await find({ name: { $regex: "^\\p{Lu}.*\\p{Emoji_Presentation}$", $flags: "u" } }), ["c"])
  assert.deepEqual(await find({ name: { $not: { $regex: "d" } } }), ["c"])
  assert.deepEqual(await find({ tags: /^[ab]$/ }), ["a", "b"])
  assert.deepEqual(await find({ tags: { $elemMatch: { $regex: "^O", $flags: "i" } } }), [])
  assert.deepEqual(await find({ id: /[cd]/, name: { $regex: "o", $contains: "Z" } }), ["c"])
  await rejects(db.map({ query: { name: { $regex: "a", $flags: "q" } } }), "INVALID_QUERY", "query.name.$regex")
  await rejects(db.map({ query: { $or: [{ name: { $regex: "[" } }] } }), "INVALID_QUERY", "query.$or[0].name.$regex")
})

test("many texts at once answer as each alone, whatever stands beside them", async (t) => {
  const db = await openDb(t)
  const texts = ["9", "", "19", "91", "x9", "9x", "aa", "a", "A", "b", "😀", "é", "\n", "ab", "ba", "99", "", "9a9", "^", "$"]
  const many = Array.from({ length: 400 }, (_, i) => texts[(i * 7 + Math.floor(i / texts.length)) % texts.length])
  await db.batch((tx) => { many.forEach((name, i) => tx.put({ name, n: i }, `n${i}`)) })
  for (const pattern of [/9[0-3]/, /9x?9/, /x?/, /a|99/, /(?:aa|b)a?/i, /./, /./s, /[^9]/, /^9/, /9$/, /9*1/, /\b9/, /(?!9)./, /(?<=a)b/, /\ud83d/, /\ude00/, /./u, /a\n?/g, /(a)\1/, /(9)x?\1/, /9/y, /$^/, /[$^]/]) {
    const wanted = many.flatMap((name, i) => name.search(pattern.sticky ? /^9/ : pattern) >= 0 ? [`n${i}`] : [])
    assert.deepEqual(ids(await db.map({ query: { name: pattern } })), wanted, String(pattern))
  }
})

test("many texts at once take no longer than each alone", async (t) => {
  const db = await openDb(t)
  await db.batch((tx) => { for (let i = 0; i < 200; i++) tx.put({ name: "a".repeat(20) }, `n${i}`) })
  for (const pattern of [/(a|aa)+b/, /(?:a?){3}[^a]/, /a?a?a?a?a?a?a?a?a?a?b/, /[^b]+c/, /a.*b.*c/]) {
    const began = performance.now()
    assert.equal((await db.map({ query: { name: pattern }, $limit: 1 })).results.length, 0)
    assert.ok(performance.now() - began < 60_000, String(pattern))
  }
})

test("the core lets go of every pattern", async (t) => {
  const { host, db } = await openBoth(t)
  await db.put({ name: "a" }, "n")
  const held = () => host.replica.patterns
  const { unsubscribe } = await db.map({ query: { name: /a/ } }, () => {})
  assert.equal(held(), 1)
  await db.map({ query: { $or: [{ name: /a/ }, { name: /b/ }] } })
  await rejects(db.map({ query: { $and: [{ name: /a/ }, { name: { $gtt: 1 } }] } }), "UNKNOWN_OPERATOR")
  assert.equal(held(), 1)
  unsubscribe()
  assert.equal(held(), 0)
})

test("what fails in a match fails the call, not the core", () => {
  const platform = createPlatform()
  const heap = new TextEncoder().encode("a")
  const number = platform.pattern(heap, 0, 1, 0, 0, 0, 1)
  const exec = RegExp.prototype.exec
  RegExp.prototype.exec = () => { throw new Error("regexp too big") }
  try {
    assert.equal(platform.test(heap, number, 0, 1), 0)
  } finally {
    RegExp.prototype.exec = exec
  }
  assert.throws(() => platform.check(), { code: "INVALID_QUERY", path: "a" })
  platform.check()
  assert.equal(platform.test(heap, number, 0, 1), 1)
})
