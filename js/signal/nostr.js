/**
 * Signalling over Nostr relays. Puts the parts together: keys, sealer, inbox, peers, relays, announcer.
 *
 * Invariants, beside those of contract.js
 * 1. Nothing is announced before the goodbye that takes it back is sealed and at hand.
 * 2. Who announces itself and does not know us yet is answered by a directed "here": a newcomer hears of all at once,
 *    and nobody broadcasts on its account.
 */
import { loadCrypto, secureRandom } from "../crypto/crypto.js"
import { isHex } from "../crypto/hex.js"
import { WeftError } from "../errors.js"
import { createEmitter } from "../util/emitter.js"
import { createAnnouncer } from "./announcer.js"
import { createInbox } from "./inbox.js"
import { EVENT_KIND, REPLAY_WINDOW_MS, TOPIC_TAG } from "./limits.js"
import { onOnline } from "./online.js"
import { createPeers } from "./peers.js"
import { createRelay } from "./relay.js"
import { checkRelayUrls } from "./relays.js"
import { ALL, deriveRoomKeys } from "./room-keys.js"
import { createSealer } from "./sealer.js"
import { createTimers } from "./timers.js"

/** An announcement may serve several relays that open together. */
const ANNOUNCEMENT_REUSE_MS = 250

/**
 * @typedef {import("../crypto/crypto.js").NostrEvent} NostrEvent
 * @typedef {import("./contract.js").Signal} Signal
 * @typedef {import("./contract.js").SignalEvents} SignalEvents
 * @typedef {import("./relay.js").Relay} Relay
 */

/**
 * @param {import("./contract.js").SignalOptions} options
 * @returns {Promise<Signal>}
 */
export async function createSignal(options) {
  const { appId, password, now, random = secureRandom, timers = createTimers({ now }), log = () => {} } = options
  const urls = checkRelayUrls(options.relayUrls)
  if (typeof appId !== "string" || appId === "") {
    throw new WeftError("INVALID_ARGUMENT", "appId: must be a string that is not empty")
  }
  if (password !== undefined && typeof password !== "string") {
    throw new WeftError("INVALID_ARGUMENT", "password: must be a string")
  }
  const WebSocket = requireWebSocket(options.WebSocket)
  requireWebCrypto()
  const [crypto, keys] = await Promise.all([
    options.crypto ?? loadCrypto({ locate: options.locate ?? locateNothing, random }),
    deriveRoomKeys({ appId, password }),
  ])
  const self = crypto.createKey()
  const topics = new Map([[await keys.topic(ALL), ALL], [await keys.topic(self.publicKey), self.publicKey]])
  return assemble({ urls, WebSocket, crypto, keys, self, topics, timers, random, log })
}

/**
 * @param {object} parts
 * @param {string[]} parts.urls
 * @param {import("./socket.js").SocketConstructor} parts.WebSocket
 * @param {import("../crypto/crypto.js").Crypto} parts.crypto
 * @param {import("./room-keys.js").RoomKeys} parts.keys
 * @param {import("../crypto/crypto.js").KeyPair} parts.self
 * @param {Map<string, string>} parts.topics
 * @param {import("./timers.js").Timers} parts.timers
 * @param {(length: number) => Uint8Array} parts.random
 * @param {(text: string) => void} parts.log
 * @returns {Signal}
 */
function assemble({ urls, WebSocket, crypto, keys, self, topics, timers, random, log }) {
  const selfId = self.publicKey
  const { now } = timers
  const fraction = () => new DataView(random(4).buffer).getUint32(0) / 2 ** 32
  /** @type {import("../util/emitter.js").Emitter<SignalEvents>} */
  const emitter = createEmitter()
  const sealer = createSealer({ crypto, self, keys, now, random })
  const peers = createPeers(now)
  const inbox = createInbox({ crypto, keys, selfId, topics, now, deliver })
  const announcer = createAnnouncer({ timers, random: fraction, announce })
  /** @type {Relay[]} */
  const relays = urls.map((url) => createRelay({
    url, WebSocket, timers, random: fraction, filter,
    authenticate: (challenge) => sealer.authentication(url, challenge),
    onEvent: inbox.receive,
    onOpen: announcer.start,
    onChange: relayChanged,
  }))
  /** @type {{ at: number, sealed: Promise<NostrEvent> } | null} */
  let announcement = null
  /** @type {NostrEvent | null} */
  let goodbye = null
  /** @type {Promise<unknown>} what is sent leaves in the order of the calls */
  let outbox = Promise.resolve()
  /** @type {Promise<void> | null} */
  let closing = null
  let offOnline = () => {}

  function filter() {
    // `limit` says: nothing stored. `since` is for relays that keep ephemeral events a while and know no limit of 0; it
    // reaches back a whole window, because it also withholds live events from clocks that are behind ours.
    const since = Math.floor((now() - REPLAY_WINDOW_MS) / 1000)
    return { kinds: [EVENT_KIND], ["#" + TOPIC_TAG]: [...topics.keys()], since, limit: 0 }
  }

  /** @param {Relay} relay */
  function relayChanged(relay) {
    const status = relay.status()
    if (status.state !== "open") announcer.stop(relay)
    log(`relay ${status.url}: ${status.state}${status.error === null ? "" : `, ${status.error}`}`)
    emitter.emit("relay", status)
  }

  /** @returns {Promise<NostrEvent>} */
  function freshAnnouncement() {
    if (announcement === null || now() - announcement.at > ANNOUNCEMENT_REUSE_MS) {
      announcement = { at: now(), sealed: sealAnnouncement() }
    }
    return announcement.sealed
  }

  async function sealAnnouncement() {
    goodbye = await sealer.seal(ALL, "goodbye")
    return sealer.seal(ALL, "announce")
  }

  /** @param {Relay} relay */
  async function announce(relay) {
    const event = await freshAnnouncement()
    if (closing === null) relay.publish(event)
  }

  /** @param {string} peerId @param {"here" | "message"} type @param {object} [body] */
  function sendTo(peerId, type, body) {
    const sealed = sealer.seal(peerId, type, body)
    const sent = Promise.all([sealed, outbox]).then(([event]) => {
      if (closing === null) for (const relay of relays) relay.publish(event, { keep: true })
    })
    outbox = sent.catch(() => {}) // the caller hears of it; the next one waits only its turn
    return sent
  }

  /** @param {string} peerId @param {object} message */
  async function checkedSend(peerId, message) {
    if (closing !== null) throw new WeftError("CLOSED", "the signalling is closed")
    if (!isHex(peerId, 32)) throw new WeftError("INVALID_ARGUMENT", "peerId: must be 64 hex digits")
    if (typeof message !== "object" || message === null || Array.isArray(message)) {
      throw new WeftError("INVALID_ARGUMENT", "message: must be an object")
    }
    return sendTo(peerId, "message", message)
  }

  /** @type {import("./inbox.js").InboxOptions["deliver"]} */
  function deliver(sender, { type, body }, source) {
    if (type === "goodbye") {
      if (peers.left(sender)) emitter.emit("goodbye", sender)
      return
    }
    const peer = peers.heard(sender, { directed: type !== "announce" })
    if (peer === null) return source.drop("after its goodbye")
    if (type === "message") {
      emitter.emit("message", sender, body)
      return
    }
    if (!peer.knowsUs) void sendTo(sender, "here")
    emitter.emit("peer", sender)
  }

  async function shutDown() {
    const farewell = goodbye
    const said = farewell === null ? [] : relays.map((relay) => relay.publishLast(farewell))
    announcer.stopAll()
    offOnline()
    inbox.close()
    await Promise.all(said)
    await Promise.all(relays.map((relay) => relay.close()))
    timers.close()
    emitter.clear()
    await Promise.allSettled([outbox, announcement?.sealed]) // they still sign
    self.secret.fill(0)
  }

  return {
    selfId,
    start() {
      if (closing !== null) throw new WeftError("CLOSED", "the signalling is closed")
      void freshAnnouncement()
      for (const relay of relays) relay.start()
      offOnline()
      offOnline = onOnline(() => {
        for (const relay of relays) relay.wake()
        announcer.restartAll()
      })
    },
    on: emitter.on,
    send(peerId, message) {
      const sent = checkedSend(peerId, message)
      sent.catch((error) => log(`not sent: ${error.message}`)) // a caller that does not wait takes any loss for a lost message
      return sent
    },
    announceNow() {
      if (closing === null) announcer.restartAll()
    },
    status: () => relays.map((relay) => relay.status()),
    close: () => (closing ??= shutDown()),
  }
}

/** @param {import("./socket.js").SocketConstructor} [given] */
function requireWebSocket(given) {
  const found = given ?? /** @type {{ WebSocket?: any }} */ (globalThis).WebSocket
  if (typeof found !== "function") {
    throw new WeftError("RTC_UNAVAILABLE", "WebSocket: there is none here, pass one (in Node, that of the `ws` package)")
  }
  return found
}

function requireWebCrypto() {
  if (globalThis.crypto?.subtle === undefined) {
    throw new WeftError("RTC_UNAVAILABLE", "signalling needs WebCrypto, which pages have over https or on localhost only")
  }
}

/** @type {import("../crypto/crypto.js").Locate} */
function locateNothing(fileName) {
  throw new WeftError("INVALID_ARGUMENT", `locate: must say where ${fileName} is`)
}
