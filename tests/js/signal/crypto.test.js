// The crypto module behind its loader, against another implementation of the same protocol (nostr-tools).
import assert from "node:assert/strict"
import { createServer } from "node:http"
import { test } from "node:test"
import { finalizeEvent, getPublicKey, verifyEvent } from "nostr-tools/pure"
import { loadCrypto } from "../../../js/crypto/crypto.js"
import { fromHex, isHex, toHex } from "../../../js/crypto/hex.js"
import { crypto, locate } from "./helpers.js"

/** Drafts whose text is hard to write the same way twice. */
const drafts = [
  { created_at: 1_700_000_000, kind: 25431, tags: [["x", "00ff"]], content: "plain" },
  { created_at: 0, kind: 0, tags: [], content: "" },
  { created_at: 1_700_000_000, kind: 1, tags: [[], [""], ["e", "", "\"quoted\"", "back\\slash"]], content: "\b\f\n\r\t" },
  { created_at: 1_700_000_000, kind: 65535, tags: [["emoji", "🕸️👩‍👩‍👧"]], content: "é ü \u2028 \u2029 \u007f / < 漢字" },
  { created_at: 4_000_000_000, kind: 20000, tags: [["c", "\u0000\u0001\u001f"]], content: "\u0000\u000b" },
  { created_at: 1_700_000_000, kind: 1, tags: [["long", "y".repeat(3000)]], content: "x".repeat(60_000) },
]

/** nostr-tools remembers a verdict on the object itself: it is given a fresh one. */
const fresh = (event) => JSON.parse(JSON.stringify(event))

test("events we sign are accepted by nostr-tools", () => {
  for (const draft of drafts) {
    const event = crypto.sign(draft, crypto.createKey())
    assert.equal(verifyEvent(fresh(event)), true, JSON.stringify(draft).slice(0, 100))
    assert.equal(crypto.verify(event), "valid")
  }
})

test("events nostr-tools signs are accepted by us", () => {
  for (const draft of drafts) {
    const { secret, publicKey } = crypto.createKey()
    assert.equal(getPublicKey(secret), publicKey)
    const event = fresh(finalizeEvent(structuredClone(draft), secret))
    assert.equal(crypto.verify(event), "valid", JSON.stringify(draft).slice(0, 100))
  }
})

test("whatever is changed, the verdict says so", () => {
  const event = crypto.sign(drafts[0], crypto.createKey())
  const changes = { content: "plaid", created_at: 1_700_000_001, kind: 25432, tags: [["x", "00fe"]], pubkey: crypto.createKey().publicKey }
  for (const [field, value] of Object.entries(changes)) {
    assert.equal(crypto.verify({ ...event, [field]: value }), "wrong id", field)
  }
  const flip = (hex) => (hex[0] === "0" ? "1" : "0") + hex.slice(1)
  assert.equal(crypto.verify({ ...event, id: flip(event.id) }), "wrong id")
  assert.equal(crypto.verify({ ...event, sig: flip(event.sig) }), "bad signature")
  assert.equal(crypto.verify({ ...event, sig: "0".repeat(128) }), "bad signature")
  // A right id over somebody else's key: only the signature can tell.
  const stolen = crypto.sign(drafts[0], crypto.createKey())
  assert.equal(crypto.verify({ ...stolen, sig: event.sig }), "bad signature")
})

test("two signatures of one event differ, and both are valid", () => {
  const key = crypto.createKey()
  const [one, two] = [crypto.sign(drafts[0], key), crypto.sign(drafts[0], key)]
  assert.equal(one.id, two.id)
  assert.notEqual(one.sig, two.sig)
  assert.equal(crypto.verify(two), "valid")
})

test("bounds: what does not fit is refused on both ways", () => {
  const key = crypto.createKey()
  const event = crypto.sign(drafts[0], key)
  const large = "x".repeat(200_000)
  assert.throws(() => crypto.sign({ ...drafts[0], content: large }, key), { code: "TOO_LARGE" })
  assert.throws(() => crypto.sign({ ...drafts[0], tags: [["x", large]] }, key), { code: "TOO_LARGE" })
  assert.throws(() => crypto.sign({ ...drafts[0], kind: 65536 }, key), { code: "INVALID_ARGUMENT" })
  assert.equal(crypto.verify({ ...event, content: large }), "malformed")
  assert.equal(crypto.verify({ ...event, tags: Array(65).fill(["x"]) }), "malformed")
  assert.equal(crypto.verify({ ...event, tags: Array(40_000).fill(["x"]) }), "malformed")
  assert.equal(crypto.verify(event), "valid", "the module goes on working")
})

test("keys: the curve's own bounds", () => {
  const order = fromHex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")
  for (const secret of [new Uint8Array(32), order, new Uint8Array(31), new Uint8Array(33).fill(1)]) {
    assert.throws(() => crypto.publicKey(secret), { code: "INVALID_ARGUMENT" })
  }
  const three = new Uint8Array(32)
  three[31] = 3
  assert.equal(crypto.publicKey(three), "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9")
})

test("a key generator that draws an impossible secret draws again", async () => {
  const draws = [new Uint8Array(32).fill(7), new Uint8Array(32), new Uint8Array(32).fill(9)]
  const scripted = await loadCrypto({ locate, random: () => /** @type {Uint8Array} */ (draws.shift()) })
  assert.equal(toHex(scripted.createKey().secret), "09".repeat(32))
  assert.equal(draws.length, 0)
})

test("the module is loaded from a URL, whatever the server calls it", async () => {
  const bytes = await locate("weft-crypto.wasm")
  const types = { "/typed/weft-crypto.wasm": "application/wasm", "/plain/weft-crypto.wasm": "application/octet-stream" }
  const server = createServer((request, response) => {
    const type = types[request.url ?? ""]
    response.writeHead(type ? 200 : 404, type ? { "content-type": type } : {})
    response.end(type ? bytes : "")
  })
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)))
  const origin = `http://127.0.0.1:${server.address().port}`
  try {
    for (const folder of ["typed", "plain"]) {
      const loaded = await loadCrypto({ locate: (name) => `${origin}/${folder}/${name}` })
      assert.ok(isHex(loaded.createKey().publicKey, 32))
    }
    await assert.rejects(loadCrypto({ locate: (name) => `${origin}/missing/${name}` }), { code: "WASM_FAILED" })
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test("a file that is no module, or no file, is WASM_FAILED", async () => {
  await assert.rejects(loadCrypto({ locate: () => new Uint8Array([1, 2, 3]) }), { code: "WASM_FAILED" })
  await assert.rejects(loadCrypto({ locate: () => { throw new Error("gone") } }), { code: "WASM_FAILED", message: /gone/ })
})
