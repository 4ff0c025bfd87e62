import assert from "node:assert/strict"
import { dirname, join, resolve } from "node:path"
import { describe, test } from "node:test"
import { fileURLToPath } from "node:url"
import { checkFloors, checkRooms, readTree } from "./rules.js"

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..")

describe("the house as it stands", () => {
  test("no floor of src/ includes one that is not below it", () => {
    const files = readTree(join(root, "src"), [".h", ".cpp"])
    assert.ok(files.length > 10, "src/ was not found")
    assert.deepEqual(checkFloors(files), [])
  })

  test("no room of js/ imports one it may not know", () => {
    const files = readTree(join(root, "js"), [".js"])
    assert.ok(files.length > 10, "js/ was not found")
    assert.deepEqual(checkRooms(files), [])
  })
})

describe("the checker of src/ catches", () => {
  const tree = [["base/bytes.h", ""], ["graph/graph.h", ""], ["sync/session.h", ""], ["net/event.h", ""], ["core/replica.h", ""]]
  const breaches = (path, text) => checkFloors([...tree.filter(([other]) => other !== path), [path, text]])

  test("nothing where nothing is wrong", () => {
    assert.deepEqual(breaches("core/replica.h", '#include <vector>\n#include "base/bytes.h"\n  #include "net/event.h"\n'), [])
  })
  test("an include of a floor above", () => assert.equal(breaches("base/bytes.h", '#include "graph/graph.h"\n').length, 1))
  test("sync and net including each other", () => {
    assert.equal(breaches("sync/session.h", '#include "net/event.h"\n').length, 1)
    assert.equal(breaches("net/event.h", '# include "sync/session.h"\n').length, 1)
  })
  test("a path that is not written from src/", () => assert.equal(breaches("graph/graph.h", '#include "bytes.h"\n').length, 1))
  test("browsers and streams", () => assert.equal(breaches("core/replica.h", "#include <emscripten.h>\n#include <iostream>\n").length, 2))
})

describe("the checker of js/ catches", () => {
  const breaches = (path, text) => checkRooms([[path, text]])

  test("nothing where nothing is wrong", () => {
    assert.deepEqual(breaches("rtc/link.js", 'import { WeftError } from "../errors.js"\nimport {\n  a,\n} from "./frames.js"\n'), [])
    assert.deepEqual(breaches("host.js", '/** import("./database.js") */\n// import "./index.js"\nimport x from "./core/load.js"'), [])
  })
  test("a room importing another", () => assert.equal(breaches("rtc/link.js", 'import { a } from "../signal/nostr.js"').length, 1))
  test("an import that goes up", () => assert.equal(breaches("core/load.js", 'const { host } = await import("../host.js")').length, 1))
  test("an import over several lines, and a re-export", () => {
    assert.equal(breaches("tabs/tabs.js", 'import {\n  a,\n  b,\n} from "../storage/memory.js"\n').length, 1)
    assert.equal(breaches("tabs/tabs.js", 'export * from "../storage/memory.js"').length, 1)
  })
  test("the wasm outside its rooms", () => {
    assert.equal(breaches("database.js", 'import f from "#wasm/core"').length, 1)
    assert.equal(breaches("database.js", "await WebAssembly.compile(bytes)").length, 1)
  })
  test("a package at run time", () => assert.equal(breaches("rtc/link.js", 'import "simple-peer"').length, 1))
  test("a room that no rule knows", () => assert.equal(breaches("misc/a.js", "").length, 1))
})
