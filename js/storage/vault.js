/**
 * The keys of a database that is kept encrypted.
 *
 *   root    = PBKDF2-HMAC-SHA256(password, "weft/1 disk\n" + the head's salt + name, the head's rounds)
 *   run key = HKDF-SHA256(root, "weft/1 disk run\n" + generation + run), AES-GCM-256
 *
 * so the keys of the room, which come from the same password (js/signal/room-keys.js), tell nothing of these.
 *
 * Invariants
 * 1. No two generations, and no two runs of one, share a key: what is sealed for one place opens in no other.
 * 2. A head is taken for another password's only if its own sum is right: damage is CORRUPT_STORE.
 * 3. New streams are made with the first of the passwords; any of them opens what is there. There are two only while
 *    the password is being changed: whichever stands when that is cut short is known.
 */

import { WeftError } from "../errors.js"
import { fromHex, headParts, join, kIdBytes, kSaltBytes, kTagBytes, nonce, toHex, writeHead } from "./sealed-format.js"

/** What a guess at the password costs an attacker who has the disk. */
const kRounds = 600_000
/** A head that asks for more is not one of ours. */
const kMostRounds = 20_000_000

/**
 * @typedef {ReturnType<typeof createVault>} Vault
 * @typedef {object} Keys  of one generation
 * @property {string} generation
 * @property {Uint8Array} head
 * @property {(run: string) => Promise<CryptoKey>} run
 *
 * @typedef {{ text: string, base: Promise<CryptoKey>, salt: Uint8Array | null, roots: Map<string, Promise<CryptoKey>> }} Password
 *   salt: of what was opened or made with it last · roots: by name, salt and rounds
 */

/** @param {string} text */
const utf8 = (text) => new TextEncoder().encode(text)

/** @param {number} length */
const random = (length) => globalThis.crypto.getRandomValues(new Uint8Array(length))

export const newId = () => toHex(random(kIdBytes))

/**
 * @param {string | null} [given] null: plain
 * @param {{ rounds?: number }} [options]
 */
export function createVault(given = null, { rounds = kRounds } = {}) {
  /** @type {(Password | null)[]} null: plain */
  let passwords = [given === null ? null : passwordOf(given)]

  /** @param {string} text @returns {Password} */
  function passwordOf(text) {
    const subtle = globalThis.crypto?.subtle
    if (!subtle) throw new WeftError("STORAGE_UNAVAILABLE", "a password needs WebCrypto, which is there only in secure contexts (https, localhost)")
    return { text, base: subtle.importKey("raw", utf8(`weft/1 disk password\n${text}`), "PBKDF2", false, ["deriveBits"]), salt: null, roots: new Map() }
  }

  /** @param {Password} password @param {string} name @param {Uint8Array} salt @param {number} times */
  function rootOf(password, name, salt, times) {
    const key = `${times} ${toHex(salt)} ${name}`
    const root = password.roots.get(key) ?? derive(password, join([utf8("weft/1 disk\n"), salt, utf8(name)]), times)
    password.roots.set(key, root)
    return root
  }

  /** @param {string} name @param {Uint8Array} head @param {Password} password @returns {Promise<Keys>} */
  async function keysOf(name, head, password) {
    const { generation, salt, rounds: times } = headParts(head)
    const root = await rootOf(password, name, salt, times)
    return { generation, head, run: (run) => expand(root, join([utf8("weft/1 disk run\n"), fromHex(generation), fromHex(run)])) }
  }

  return {
    /** Whether new streams are sealed. */
    get seals() { return passwords[0] !== null },
    /** Whether a stream that is not sealed may be read. */
    get takesPlain() { return passwords.includes(null) },

    /** Is it the password that new streams are made with? @param {string | null} text */
    isCurrent: (text) => (passwords[0]?.text ?? null) === text,

    /** Begins what `create` will have to wait for. @param {string} name */
    warm(name) {
      const [password] = passwords
      if (password) rootOf(password, name, password.salt ??= random(kSaltBytes), rounds).catch(() => {}) // `create` hears of it
    },

    /**
     * The keys of a new generation; null: it is to be plain.
     * @param {string} name
     * @returns {Promise<Keys | null>}
     */
    async create(name) {
      const [password] = passwords
      if (!password) return null
      password.salt ??= random(kSaltBytes)
      const head = writeHead(newId(), rounds, password.salt)
      const keys = await keysOf(name, head, password)
      const { bound, proof, summed, sum } = headParts(head)
      proof.set(await prove(keys, bound))
      sum.set((await digest(summed)).subarray(0, sum.byteLength))
      return keys
    },

    /**
     * The keys of a stream that begins with this head.
     * @param {string} name
     * @param {Uint8Array} head
     * @returns {Promise<Keys>} rejects with CORRUPT_STORE, PASSWORD_REQUIRED, WRONG_PASSWORD
     */
    async open(name, head) {
      const { rounds: times, salt, bound, proof, summed, sum } = headParts(head)
      if (times === 0 || times > kMostRounds || !equal(sum, (await digest(summed)).subarray(0, sum.byteLength))) {
        throw new WeftError("CORRUPT_STORE", "the head of the encrypted store is damaged")
      }
      for (const password of passwords) {
        if (!password) continue
        const keys = await keysOf(name, head, password)
        if (!equal(proof, await prove(keys, bound))) continue
        password.salt = salt.slice()
        return keys
      }
      throw passwords.every((password) => password === null)
        ? new WeftError("PASSWORD_REQUIRED", "this database is encrypted: open it with its password", { path: "options.password" })
        : new WeftError("WRONG_PASSWORD", "the password is not the one this database is encrypted with", { path: "options.password" })
    },

    /**
     * From now on new streams are made with this password; those before it still open what is there. Returns how to
     * take it back: then it opens too, for what was made with it meanwhile, until `settle`.
     * @param {string | null} next
     */
    prefer(next) {
      const before = passwords
      const password = next === null ? null : passwordOf(next)
      passwords = [password, ...before]
      return () => { passwords = [...before, password] }
    },

    /** What is there is made with the preferred password: the others open nothing any more. */
    settle() { passwords = passwords.slice(0, 1) },
  }
}

/**
 * The slow step.
 * @param {Password} password
 * @param {Uint8Array} salt
 * @param {number} iterations
 */
async function derive(password, salt, iterations) {
  const { subtle } = globalThis.crypto
  const slow = { name: "PBKDF2", hash: "SHA-256", salt: /** @type {BufferSource} */ (salt), iterations }
  return subtle.importKey("raw", await subtle.deriveBits(slow, await password.base, 256), "HKDF", false, ["deriveKey"])
}

/** @param {CryptoKey} root @param {Uint8Array} info */
function expand(root, info) {
  const hkdf = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: /** @type {BufferSource} */ (info) }
  return globalThis.crypto.subtle.deriveKey(hkdf, root, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"])
}

/** Nothing, sealed for the head: the run of zeros is nobody's. @param {Keys} keys @param {Uint8Array} bound */
async function prove(keys, bound) {
  return new Uint8Array(await seal(await keys.run("00".repeat(kIdBytes)), 0, bound, new Uint8Array(0)))
}

/** @param {Uint8Array} bytes */
async function digest(bytes) {
  return new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", /** @type {BufferSource} */ (bytes)))
}

/** @param {Uint8Array} a @param {Uint8Array} b */
const equal = (a, b) => a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i])

/** @param {number} number @param {Uint8Array} bound */
const gcm = (number, bound) => ({ name: "AES-GCM", iv: nonce(number), additionalData: /** @type {BufferSource} */ (bound), tagLength: kTagBytes * 8 })

/** @param {CryptoKey} key @param {number} number @param {Uint8Array} bound @param {Uint8Array} plain */
export function seal(key, number, bound, plain) {
  return globalThis.crypto.subtle.encrypt(gcm(number, bound), key, /** @type {BufferSource} */ (plain))
}

/**
 * @param {CryptoKey} key @param {number} number @param {Uint8Array} bound @param {Uint8Array} sealed
 * @returns {Promise<Uint8Array | null>} null: it was not sealed so
 */
export async function unseal(key, number, bound, sealed) {
  try {
    return new Uint8Array(await globalThis.crypto.subtle.decrypt(gcm(number, bound), key, /** @type {BufferSource} */ (sealed)))
  } catch (error) {
    if (error instanceof Error && error.name === "OperationError" || error instanceof DOMException && error.name === "OperationError") return null
    throw error
  }
}
