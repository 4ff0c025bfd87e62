/**
 * The one door for events from relays: from an unchecked object to a payload that a member of the room sealed for us.
 *
 * Invariants
 * 1. Cheap checks come first; a signature is verified at most once an event, whatever number of relays bring it.
 * 2. An id is remembered only after it was verified, or a forger could keep the genuine event out.
 * 3. What opened with the room's key is remembered apart: no stranger can push that memory over its bound.
 * 4. Payloads are delivered in the order in which their events came.
 * 5. Everything else is dropped and counted, by reason, at the relay that brought it.
 *
 * @typedef {import("../crypto/crypto.js").NostrEvent} NostrEvent
 * @typedef {{ drop: (reason: string) => void }} Source  the relay
 *
 * @typedef {object} InboxOptions
 * @property {import("../crypto/crypto.js").Crypto} crypto
 * @property {import("./room-keys.js").RoomKeys} keys
 * @property {string} selfId
 * @property {Map<string, string>} topics  topic → receiver ("all" or us)
 * @property {() => number} now
 * @property {(sender: string, payload: import("./payload.js").Payload, source: Source) => void} deliver
 */
import { readEvent, onlyTag } from "./event.js"
import { EVENT_KIND, REPLAY_WINDOW_MS, SEEN_LIMIT, TOPIC_TAG } from "./limits.js"
import { openPayload } from "./payload.js"
import { createSeen } from "./seen.js"

/** @param {InboxOptions} options */
export function createInbox({ crypto, keys, selfId, topics, now, deliver }) {
  // A stamp from the future leaves the window twice its width later.
  const memory = { limit: SEEN_LIMIT, keepMs: 2 * REPLAY_WINDOW_MS, now }
  const verified = createSeen(memory)
  const opened = createSeen(memory)
  let queue = Promise.resolve()
  let closed = false

  /** @param {NostrEvent} event @returns {string | null} why it is not wanted */
  function objection(event) {
    if (event.pubkey === selfId) return "own"
    if (event.kind !== EVENT_KIND) return "wrong kind"
    if (!topics.has(onlyTag(event, TOPIC_TAG) ?? "")) return "wrong topic"
    if (Math.abs(now() - event.created_at * 1000) > REPLAY_WINDOW_MS) return "outside the time window"
    if (verified.has(event.id)) return "repeated"
    const verdict = crypto.verify(event)
    return verdict === "valid" ? null : verdict
  }

  /** @param {NostrEvent} event @param {Source} source */
  async function open(event, source) {
    if (closed) return
    const topic = /** @type {string} */ (onlyTag(event, TOPIC_TAG))
    const receiver = /** @type {string} */ (topics.get(topic))
    const binding = { kind: event.kind, topic, sender: event.pubkey, receiver }
    const payload = await openPayload(keys.payloadKey, binding, event.content)
    if (closed) return
    if (payload === null) return source.drop("not for this room")
    if (Math.floor(payload.time / 1000) !== event.created_at) return source.drop("times differ")
    if (!opened.add(`${event.pubkey} ${payload.nonce}`)) return source.drop("replayed")
    deliver(event.pubkey, payload, source)
  }

  return {
    /** @param {Source} source @param {unknown} value */
    receive(source, value) {
      const event = readEvent(value)
      if (event === null) return source.drop("malformed event")
      const reason = objection(event)
      if (reason !== null) return source.drop(reason)
      verified.add(event.id)
      queue = queue.then(() => open(event, source))
    },
    close() {
      closed = true
    },
  }
}
