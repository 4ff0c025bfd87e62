/**
 * The crypto module (`weft-crypto.wasm`: Nostr events and BIP-340 signatures), loaded when something needs it.
 * This is the only code that touches it.
 *
 * Invariants
 * 1. Arguments are written to the module's inbox, the call is made and its result read, all in one step: no view
 *    into its memory outlives a call.
 * 2. The module draws no randomness; all of it is passed in.
 * 3. A failure inside the module reaches the caller as WASM_FAILED, never as a bare RuntimeError.
 */
import { WeftError } from "../errors.js"
import { fromHex, toHex } from "./hex.js"

const FILE_NAME = "weft-crypto.wasm"
const HEAD_BYTES = 128 // public key 32, id 32, signature 64
const INVALID_ARGUMENT = 1 // the Code of src/base/result.h that the module gives for a bad secret key
const WASI_NOT_AVAILABLE = 8 // EBADF: what the module's C library hears when it tries to print

const encoder = new TextEncoder()

/** @type {readonly ["valid", "malformed", "wrong id", "bad signature"]} */
const VERDICTS = ["valid", "malformed", "wrong id", "bad signature"] // EventVerdict of src/net/event.h

/**
 * @typedef {object} EventDraft  what is signed
 * @property {number} created_at  seconds since 1970
 * @property {number} kind
 * @property {string[][]} tags
 * @property {string} content
 *
 * @typedef {EventDraft & { id: string, pubkey: string, sig: string }} NostrEvent
 *
 * @typedef {{ secret: Uint8Array, publicKey: string }} KeyPair  publicKey: x-only, 64 hex digits
 *
 * @typedef {object} Crypto
 * @property {() => KeyPair} createKey  a fresh one
 * @property {(secret: Uint8Array) => string} publicKey  INVALID_ARGUMENT when 32 bytes are no secret key
 * @property {(draft: EventDraft, key: KeyPair) => NostrEvent} sign
 * @property {(event: NostrEvent) => typeof VERDICTS[number]} verify  the fields must have their types and lengths
 *
 * @typedef {(fileName: string) => string | Uint8Array | Promise<string | Uint8Array>} Locate  a URL, or the file itself
 *
 * @typedef {object} CryptoExports
 * @property {WebAssembly.Memory} memory
 * @property {(() => void)} [_initialize]
 * @property {() => number} weft_crypto_inbox
 * @property {() => number} weft_crypto_inbox_bytes
 * @property {() => void} weft_crypto_start
 * @property {() => number} weft_crypto_public_key
 * @property {(draftBytes: number) => number} weft_crypto_sign_event
 * @property {(draftBytes: number) => number} weft_crypto_verify_event
 */

/**
 * @param {{ locate: Locate, random?: (length: number) => Uint8Array }} options
 * @returns {Promise<Crypto>}
 */
export async function loadCrypto({ locate, random = secureRandom }) {
  const wasm = await instantiate(locate)
  const start = wasm.weft_crypto_inbox()
  const size = wasm.weft_crypto_inbox_bytes()
  const inbox = () => new Uint8Array(wasm.memory.buffer, start, size)

  inbox().set(random(32))
  guard(wasm.weft_crypto_start)

  /** @param {Uint8Array} secret @returns {string | null} */
  function publicKeyOrNull(secret) {
    inbox().set(secret)
    const code = guard(wasm.weft_crypto_public_key)
    if (code === INVALID_ARGUMENT) return null
    if (code !== 0) throw new WeftError("WASM_FAILED", `the crypto module answered with code ${code}`)
    return toHex(inbox().subarray(0, 32))
  }

  return {
    createKey() {
      for (;;) {
        const secret = random(32)
        const publicKey = publicKeyOrNull(secret) // null once in 2^128
        if (publicKey !== null) return { secret, publicKey }
      }
    },
    publicKey(secret) {
      const key = secret.length === 32 ? publicKeyOrNull(secret) : null
      if (key === null) throw new WeftError("INVALID_ARGUMENT", "secret: not a valid secp256k1 secret key")
      return key
    },
    sign(draft, { secret, publicKey }) {
      const bytes = inbox()
      const length = writeDraft(bytes, 64, draft)
      if (length < 0) throw new WeftError("TOO_LARGE", "event: too large to sign")
      bytes.set(secret)
      bytes.set(random(32), 32)
      const code = guard(() => wasm.weft_crypto_sign_event(length))
      if (code === INVALID_ARGUMENT) throw new WeftError("INVALID_ARGUMENT", "secret: not a valid secp256k1 secret key")
      if (code !== 0) throw new WeftError("INVALID_ARGUMENT", `event: cannot be signed (code ${code})`)
      const result = inbox()
      return { ...draft, id: toHex(result.subarray(0, 32)), pubkey: publicKey, sig: toHex(result.subarray(32, 96)) }
    },
    verify(event) {
      const bytes = inbox()
      const length = writeDraft(bytes, HEAD_BYTES, event)
      if (length < 0) return "malformed"
      bytes.set(fromHex(event.pubkey))
      bytes.set(fromHex(event.id), 32)
      bytes.set(fromHex(event.sig), 64)
      return VERDICTS[guard(() => wasm.weft_crypto_verify_event(length))]
    },
  }
}

/** @param {number} length @returns {Uint8Array} */
export function secureRandom(length) {
  return globalThis.crypto.getRandomValues(new Uint8Array(length))
}

/**
 * Writes the draft's fields as src/net/event.h lays them out.
 * @param {Uint8Array} bytes
 * @param {number} offset
 * @param {EventDraft} draft
 * @returns {number} the draft's length, or -1 when it does not fit
 */
function writeDraft(bytes, offset, { created_at, kind, tags, content }) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = offset

  /** @param {string} text */
  function writeText(text) {
    if (at + 4 > bytes.length) return false
    const { read, written } = encoder.encodeInto(text, bytes.subarray(at + 4))
    if (read !== text.length) return false
    view.setUint32(at, written, true)
    at += 4 + written
    return true
  }

  view.setBigUint64(at, BigInt(created_at), true)
  view.setUint32(at + 8, kind, true)
  view.setUint16(at + 12, tags.length, true)
  at += 14
  for (const tag of tags) {
    if (at + 2 > bytes.length) return -1
    view.setUint16(at, tag.length, true)
    at += 2
    for (const item of tag) if (!writeText(item)) return -1
  }
  return writeText(content) ? at - offset : -1
}

/**
 * @template T
 * @param {() => T} call
 */
function guard(call) {
  try {
    return call()
  } catch (cause) {
    throw new WeftError("WASM_FAILED", "the crypto module stopped", { cause })
  }
}

/** @param {Locate} locate @returns {Promise<CryptoExports>} */
async function instantiate(locate) {
  try {
    const source = await locate(FILE_NAME)
    const module = typeof source === "string" ? await compileFrom(source) : await WebAssembly.compile(/** @type {Uint8Array<ArrayBuffer>} */ (source))
    const instance = await WebAssembly.instantiate(module, importsFor(module))
    const wasm = /** @type {CryptoExports} */ (/** @type {unknown} */ (instance.exports))
    wasm._initialize?.()
    return wasm
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new WeftError("WASM_FAILED", `${FILE_NAME} could not be loaded: ${reason}`, { cause })
  }
}

/** @param {string} url */
async function compileFrom(url) {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  // A server that does not call the file application/wasm forbids compiling while it streams.
  const streams = response.headers.get("content-type")?.startsWith("application/wasm")
  return streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer())
}

/**
 * The module works alone; its C library only names a few system calls (to print before it aborts).
 * @param {WebAssembly.Module} module
 */
function importsFor(module) {
  /** @type {Record<string, Record<string, WebAssembly.ImportValue>>} */
  const imports = {}
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind === "function") (imports[from] ??= {})[name] = () => WASI_NOT_AVAILABLE
  }
  return imports
}
