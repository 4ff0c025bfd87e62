/**
 * The contract of signalling: how peers of a room find each other and exchange the few small messages it takes to
 * connect. Types only; nothing here runs. Implementation: nostr.js (relays). The same for a second implementer, as
 * bytes: docs/signalling.md.
 *
 * Invariants of a Signal
 * 1. `selfId` is fresh for every open: a peer that reloads is another peer, and what was recorded of the old one is
 *    worth nothing.
 * 2. "message" is heard only of what a member of the room sealed for us, each at most once; messages of one sender over
 *    one relay come in the order they were sent. Any may be lost.
 * 3. After "goodbye" nothing is heard of that peer.
 * 4. "peer" may be heard many times of one peer: at every announcement.
 * 5. What strangers send, and what a relay does, is never an exception, only a number in `status()`.
 * 6. After `close()` there is no socket, timer or listener left. It sends the goodbye before its first await, so that
 *    it works while a page is being hidden.
 *
 * @typedef {import("./relay.js").RelayStatus} RelayStatus
 *
 * @typedef {{
 *   peer: [peerId: string],
 *   message: [peerId: string, message: any],
 *   goodbye: [peerId: string],
 *   relay: [status: RelayStatus],
 * }} SignalEvents
 *
 * @typedef {object} Signal
 * @property {string} selfId  x-only public key, 64 hex digits
 * @property {() => void} start  opens the relays; CLOSED after close
 * @property {<N extends keyof SignalEvents>(name: N, listener: (...args: SignalEvents[N]) => unknown) => () => void} on
 *   returns its own off
 * @property {(peerId: string, message: object) => Promise<void>} send  resolves when it was handed to the relays that
 *   are open and kept for those that are not. INVALID_ARGUMENT, TOO_LARGE, CLOSED
 * @property {() => void} announceNow  tells the room of us again, fast at first
 * @property {() => RelayStatus[]} status  one each relay, in the order given
 * @property {() => Promise<void>} close
 *
 * @typedef {object} SignalOptions
 * @property {string} appId  the room's name
 * @property {string} [password]
 * @property {string[]} [relayUrls]  ws:// or wss://; a built-in list of public ones when not given
 * @property {import("../crypto/crypto.js").Locate} [locate]  where weft-crypto.wasm is
 * @property {import("../crypto/crypto.js").Crypto} [crypto]  the loaded module, instead of `locate`
 * @property {import("./socket.js").SocketConstructor} [WebSocket]
 * @property {() => number} [now]  milliseconds since 1970
 * @property {(length: number) => Uint8Array} [random]  unpredictable bytes
 * @property {import("./timers.js").Timers} [timers]  instead of `now`
 * @property {(text: string) => void} [log]
 */

export {}
