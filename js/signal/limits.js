/** Every bound and time of the signalling, with its reason. docs/signalling.md names those a second implementation must share. */

/** Seconds' worth of milliseconds, for reading. */
const SECOND = 1000

// The protocol: both sides must agree on these.
export const PROTOCOL = "weft/1" // the major version: part of everything that is derived
export const EVENT_KIND = 25431 // ephemeral (20000–29999): relays pass it on and do not store it
export const AUTH_KIND = 22242 // NIP-42
export const TOPIC_TAG = "x" // one letter, so that relays index it
export const PBKDF2_ROUNDS = 100_000 // 30–60 ms: paid once an open by us, for each guess by who runs a relay
export const REPLAY_WINDOW_MS = 600 * SECOND // honest clocks are off by minutes; replays inside it are caught by id
export const MAX_PAYLOAD_BYTES = 44_000 // as base64 with its event under the 64 KB that relays take

// What a stranger may cost us.
export const MAX_FRAME_CHARS = 96 * 1024
export const MAX_TAGS = 16
export const MAX_TAG_ITEMS = 16
export const MAX_TEXT_CHARS = 200 // what is kept of a relay's own words
export const SEEN_LIMIT = 8192 // ids remembered, twice: verified ones, and those that opened with our key
export const EVENTS_PER_SECOND = 400 // of one relay: each costs a verification of about half a millisecond
export const MAX_PEERS = 1024
export const PEER_SILENCE_MS = 300 * SECOND // ten announcements missed
export const MAX_RELAYS = 32

// One relay.
export const CONNECT_TIMEOUT_MS = 10 * SECOND
export const ANSWER_TIMEOUT_MS = 20 * SECOND // silence after we spoke: the socket is taken for dead
export const BACKOFF_FIRST_MS = 500
export const BACKOFF_MAX_MS = 30 * SECOND
export const STABLE_MS = 10 * SECOND // a connection that was of use this long starts the back-off afresh
export const QUEUE_LIMIT = 64 // directed events kept while a relay is away
export const QUEUE_AGE_MS = 20 * SECOND // an older offer has been given up by its sender
export const PENDING_LIMIT = 256 // events whose OK is awaited
export const BUFFER_LIMIT = 1 << 20 // bytes a socket may hold back before events are dropped for it
export const LINGER_MS = 400 // for the goodbye to leave

/** Waits between announcements to one relay; the last one repeats. Each is shortened by up to a fifth. */
export const ANNOUNCE_DELAYS_MS = [300, 700, 1500, 3000, 6000, 12_000, 30_000]
