// The demo's reader of filters as people write them.
import assert from "node:assert/strict"
import { test } from "node:test"
import { readFilter } from "../../../web-demo/filter.js"

test("JSON, and what people write instead of it", () => {
  for (const [text, value] of /** @type {[string, object][]} */ ([
    ["", {}],
    ["{}", {}],
    ['{"kind":"person"}', { kind: "person" }],
    ["{ kind: 'person', age: { $gt: -3.5e1 }, }", { kind: "person", age: { $gt: -35 } }],
    ["{ $or: [{ a: true }, { 'b.c': null }, ] }", { $or: [{ a: true }, { "b.c": null }] }],
    ["{ a.b: 1, 2: false }", { "a.b": 1, 2: false }],
    [`{ say: 'it\\'s "so"', and: "a\\nb" }`, { say: `it's "so"`, and: "a\nb" }],
    ['{ "__proto__": 1 }', JSON.parse('{ "__proto__": 1 }')],
  ])) assert.deepEqual(readFilter(text), value, text)
})

test("what is wrong is said in words", () => {
  for (const [text, words] of /** @type {[string, RegExp][]} */ ([
    ["kind", /begins with/],
    ["[1]", /begins with/],
    ["{ kind: person }", /text needs quotes.*person/],
    ["{ kind 'x' }", /“:” is missing/],
    ["{ a: 1 b: 2 }", /“,” or “}”/],
    ["{ a: [1 2] }", /“,” or “]”/],
    ["{ a: 1", /at the end/],
    ["{} {}", /nothing may follow/],
    ["{ a: # }", /not understood/],
    ["{ a: 'x }", /not understood/],
    ["{ a: constructor }", /A value/],
  ])) assert.throws(() => readFilter(text), (/** @type {any} */ error) => error instanceof SyntaxError && words.test(error.message), text)
})
