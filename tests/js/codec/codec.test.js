import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"

import { decode, encode } from "../../../js/codec/index.js"
import * as limits from "../../../js/codec/limits.js"
import { isWeftError } from "../../../js/errors.js"
import { fromHex, readVectors, toHex, untag } from "./tagged.js"

for (const { name, js, hex } of readVectors("values.json")) {
  test(`vector: ${name}`, () => {
    const value = untag(js)
    assert.equal(toHex(encode(value)), hex)
    assert.deepEqual(decode(fromHex(hex)), value)
  })
}

/** What the core's check refuses and the decoder reads all the same: well-formed, only longer than it had to be. */
const LENIENT = /as (uint|int|str|bin|array|map|float)|1 as int|NaN|twice|2\^53|overlong/

for (const { name, hex } of readVectors("refused-values.json")) {
  if (LENIENT.test(name) && !/2\^53|overlong/.test(name)) continue
  test(`refused: ${name}`, () => {
    assert.throws(() => decode(fromHex(hex)), (error) => isWeftError(error, "MALFORMED"))
  })
}

test("every cut of a valid text is refused", () => {
  const bytes = encode({ name: "Ada", tags: ["a", 1.5, new Date(5), 7n, new Uint8Array([1, 2])], long: "x".repeat(300), deep: { a: { b: null } } })
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decode(bytes.subarray(0, length)), (error) => isWeftError(error, "MALFORMED"), `cut at ${length}`)
  }
})

test("random bytes give a value or MALFORMED, never another error", () => {
  let seed = 12345
  const random = () => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 16
  for (let round = 0; round < 20000; round++) {
    const bytes = Uint8Array.from({ length: random() % 40 }, () => random() & 0xff)
    try {
      decode(bytes)
    } catch (error) {
      assert.ok(isWeftError(error, "MALFORMED"), String(error))
    }
  }
})

test("strings of every length come back", () => {
  for (const letter of ["a", "é", "語", "😀"]) {
    for (let length = 0; length < 300; length++) {
      const text = letter.repeat(length)
      assert.equal(decode(encode(text)), text)
      assert.equal(decode(encode({ [text]: 1 }))[text], 1)
    }
  }
  for (const length of [65535, 65536, 70000, 200000]) {
    assert.equal(decode(encode("x".repeat(length))).length, length)
    assert.equal(decode(encode("é".repeat(length))).length, length)
  }
})

test("wide arrays and maps come back", () => {
  for (const size of [15, 16, 17, 65535, 65536, 70000]) {
    const array = Array.from({ length: size }, (_, i) => i)
    assert.deepEqual(decode(encode(array)), array)
    const map = Object.fromEntries(array.map((i) => [`k${i}`, i]))
    assert.deepEqual(decode(encode(map)), map)
  }
})

test("undefined is dropped from maps and nil in arrays", () => {
  assert.deepEqual(decode(encode({ a: undefined, b: 1 })), { b: 1 })
  assert.deepEqual(decode(encode([undefined, , 1])), [null, null, 1])
})

test("toJSON speaks for class instances", () => {
  class Money { constructor(amount) { this.amount = amount } toJSON(key) { return { amount: this.amount, key } } }
  assert.deepEqual(decode(encode({ price: new Money(5) })), { price: { amount: 5, key: "price" } })
  assert.deepEqual(decode(encode({ a: 1, toJSON() { return "said" } })), "said")
  assert.equal(decode(encode(new URL("https://example.org/"))), "https://example.org/")
  assert.deepEqual(decode(encode(Buffer.from([1, 2]))), new Uint8Array([1, 2]))
})

test("objects without a prototype, symbols as keys and hidden fields", () => {
  const bare = Object.assign(Object.create(null), { a: 1 })
  assert.deepEqual(decode(encode(bare)), { a: 1 })
  const hidden = Object.defineProperty({ a: 1, [Symbol("s")]: 2 }, "b", { value: 3, enumerable: false })
  assert.deepEqual(decode(encode(hidden)), { a: 1 })
})

test("a polluted Object.prototype does not leak into values", () => {
  Object.prototype.leak = 1
  try {
    assert.equal(toHex(encode({ a: 1 })), "81a16101")
  } finally {
    delete Object.prototype.leak
  }
})

test("maps of shapes that were met before, and of such that look like them, come back as they are", () => {
  const wide = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`field${i}`, i]))
  const values = [
    { name: "Ada", age: 1, tags: ["a"] }, { name: "Bob", age: 2.5, tags: null }, { name: "Eve", age: "three", tags: { a: 1 } },
    { name: "Ada", age: 1, tagt: 1 }, { name: "Ada", aga: 1, tags: 1 }, { nama: "Ada", age: 1, tags: 1 }, { nome: 1, age: 1, tags: 1 },
    { name: "Ada", tags: 1, age: 1 }, { name: 1, age: 2 }, { name: 1, age: 2, tags: 3, more: 4 },
    { name: { name: { name: 1, age: 2 }, age: 3 }, age: 4 }, { näme: 1, age: 2 }, { name: 1, "äge": 2 }, { "": 1, b: 2 },
    { 2: "two", 1: "one" }, { name: 1, 7: 2 }, JSON.parse('{"__proto__": 1, "name": 2}'), JSON.parse('{"name": 1, "__proto__": {"a": 1}}'),
    { toString: 1, constructor: 2 }, { ["x".repeat(31)]: 1 }, { ["x".repeat(32)]: 1 }, { name: undefined, age: 1 }, wide, {},
  ]
  const encodings = values.map((value) => encode(value)), expected = values.map((value) => JSON.stringify(value))
  let seed = 99
  const random = () => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 16
  for (let round = 0; round < 5000; round++) {
    const at = (round >> 9) % 2 === 0 ? random() % values.length : [round & 3, round % values.length][round & 1]
    const found = decode(encodings[at])
    assert.equal(JSON.stringify(found), expected[at])
    assert.equal(Object.getPrototypeOf(found), Object.prototype)
    for (const name in found) found[name] = "changed"   // and no template with it
  }
})

test("__proto__ is data both ways", () => {
  const value = JSON.parse('{"__proto__": {"polluted": true}, "x": 1}')
  const back = decode(encode(value))
  assert.deepEqual(Object.keys(back), ["__proto__", "x"])
  assert.equal(Object.getPrototypeOf(back), Object.prototype)
  assert.equal({}.polluted, undefined)
})

const deepArray = (depth) => { let value = null; for (let i = 0; i < depth; i++) value = [value]; return value }
const circle = { name: "a", list: [1, {}] }
circle.list[1].up = circle
const selfJson = { toJSON() { return selfJson } }
const bigCircle = { data: "x".repeat(1 << 20), more: { data: "y".repeat(1 << 20) } }
bigCircle.more.up = bigCircle

const BAD = [
  ["undefined", undefined, "INVALID_VALUE", "value"],
  ["a function", { a: { f() {} } }, "INVALID_VALUE", "value.a.f"],
  ["a symbol", [1, Symbol("s")], "INVALID_VALUE", "value[1]"],
  ["a Map", { "a b": [new Map()] }, "INVALID_VALUE", 'value["a b"][0]'],
  ["a Set", new Set(), "INVALID_VALUE", "value"],
  ["a Float32Array", { a: new Float32Array(2) }, "INVALID_VALUE", "value.a"],
  ["an ArrayBuffer", { a: new ArrayBuffer(2) }, "INVALID_VALUE", "value.a"],
  ["a DataView", { a: new DataView(new ArrayBuffer(2)) }, "INVALID_VALUE", "value.a"],
  ["an instance", { a: new (class Thing {})() }, "INVALID_VALUE", "value.a"],
  ["a RegExp", { a: /x/ }, "INVALID_VALUE", "value.a"],
  ["a promise", { a: Promise.resolve() }, "INVALID_VALUE", "value.a"],
  ["a boxed number", { a: Object(1) }, "INVALID_VALUE", "value.a"],
  ["an invalid Date", { a: new Date(NaN) }, "INVALID_VALUE", "value.a"],
  ["a bigint above 64 bits", { a: 2n ** 64n }, "INVALID_VALUE", "value.a"],
  ["a bigint below 64 bits", { a: -(2n ** 63n) - 1n }, "INVALID_VALUE", "value.a"],
  ["a lone high surrogate", { a: "\ud800" }, "INVALID_VALUE", "value.a"],
  ["a lone low surrogate", { a: "x\udc00y" }, "INVALID_VALUE", "value.a"],
  ["a lone surrogate in a long text", { a: `${"x".repeat(100)}\ud800` }, "INVALID_VALUE", "value.a"],
  ["a lone surrogate in a very long text", { a: `${"x".repeat(100000)}\ud800` }, "INVALID_VALUE", "value.a"],
  ["a lone surrogate in a name", { a: { "\ud800": 1 } }, "INVALID_VALUE", undefined],
  ["129 deep", deepArray(129), "TOO_DEEP", `value${"[0]".repeat(128)}`],
  ["a circle", circle, "CIRCULAR_VALUE", "value.list[1].up"],
  ["a circle found by size", bigCircle, "CIRCULAR_VALUE", "value.more.up"],
  ["a toJSON that returns itself", { a: selfJson }, "CIRCULAR_VALUE", "value.a.toJSON()"],
  ["a toJSON that says nothing", { a: { toJSON() {} } }, "INVALID_VALUE", "value.a.toJSON()"],
  ["a text above 16 MiB", { a: "x".repeat(17 << 20) }, "TOO_LARGE", "value"],
  ["binary above 16 MiB", { a: new Uint8Array(17 << 20) }, "TOO_LARGE", "value"],
  ["many texts above 16 MiB", Array.from({ length: 18 }, () => "x".repeat(1 << 20)), "TOO_LARGE", "value"],
  ["a sparse array of 2^32-1", new Array(2 ** 32 - 1), "TOO_LARGE", "value"],
  ["a getter that throws", { get a() { throw new Error("mine") } }, "INVALID_VALUE", "value"],
]

for (const [name, value, code, path] of BAD) {
  test(`bad value: ${name}`, () => {
    assert.throws(() => encode(value), (error) => {
      assert.ok(isWeftError(error, code), `${error.code}: ${error.message}`)
      if (path !== undefined) assert.equal(error.path, path)
      return true
    })
    assert.equal(toHex(encode(1)), "01", "the encoder goes on")
  })
}

test("exactly 16 MiB passes, one byte more does not", () => {
  const text = "x".repeat(limits.MAX_VALUE_BYTES - 5)
  assert.equal(encode(text).length, limits.MAX_VALUE_BYTES)
  assert.throws(() => encode(`${text}x`), (error) => isWeftError(error, "TOO_LARGE"))
})

test("a value that calls the encoder while it is read is refused there and unharmed here", () => {
  let inner
  const value = { a: 1, get b() { try { encode(2) } catch (error) { inner = error } return 3 } }
  assert.deepEqual(decode(encode(value)), { a: 1, b: 3 })
  assert.ok(isWeftError(inner, "INVALID_ARGUMENT"))
})

test("limits are the core's", () => {
  const header = readFileSync(new URL("../../../src/base/limits.h", import.meta.url), "utf8")
  const bound = (name) => {
    const text = header.match(new RegExp(`\\b${name} = ([^;]+);`))[1].replace(/size_t\{(\d+)\}/g, "$1")
    return text.split("<<").map(Number).reduce((value, shift) => value * 2 ** shift)
  }
  assert.equal(limits.MAX_ID_BYTES, bound("kMaxIdBytes"))
  assert.equal(limits.MAX_LABEL_BYTES, bound("kMaxLabelBytes"))
  assert.equal(limits.MAX_DEPTH, bound("kMaxDepth"))
  assert.equal(limits.MAX_VALUE_BYTES, bound("kMaxValueBytes"))
})
