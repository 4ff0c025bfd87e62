/**
 * The contract between the mesh and its two neighbours: the signalling below it, the host and the room above it.
 * Types only; nothing here runs.
 *
 * Invariants of a Mesh
 * 1. At most one link a peer. `open` and `close` of a peer come in pairs, in that order, each once a link.
 * 2. Between them, `bytes` delivers the other side's messages whole, in the order they were sent, each once.
 * 3. A link that breaks any bound or sends what no honest peer sends is closed with a reason; other links go on. Whoever
 *    was refused so is in exile for a while: neither dialed nor answered.
 * 4. After `close()` (or `leave()`) there is no timer, connection or listener left.
 *
 * @typedef {import("../errors.js").WeftError} WeftError
 *
 * @typedef {object} Signal  finds the peers of a room and carries small messages between two of them
 * @property {string} selfId  64 hex digits, fresh for every open
 * @property {SignalOn} on  returns its own off
 * @property {(peerId: string, message: object) => unknown} send  JSON, encrypted and signed by the signalling; may be lost
 * @property {() => unknown} start
 * @property {() => any} status
 * @property {() => unknown} close  says goodbye, then ends
 *
 * @typedef {{
 *   (name: "peer", listener: (peerId: string) => void): () => void,
 *   (name: "message", listener: (peerId: string, message: any) => void): () => void,
 *   (name: "goodbye", listener: (peerId: string) => void): () => void,
 * }} SignalOn
 *
 * @typedef {object} Reason  why a link ended
 * @property {"left" | "closed" | "lost" | "timeout" | "replaced" | "refused" | "overflow" | "failed"} code
 * @property {string} message  in words, for a person
 *
 * @typedef {object} Peer  one open link
 * @property {string} id
 * @property {(bytes: Uint8Array) => boolean} send  the bytes belong to the mesh from now on; false: not sent, link is going
 * @property {number} bufferedAmount  bytes not yet handed to the network
 * @property {(paused: boolean) => void} pauseReading  what arrives meanwhile waits, the other side is told to hold
 * @property {() => Promise<number>} ping  → milliseconds for a round trip
 * @property {(reason?: string) => void} close
 * @property {(why: string) => void} refuse  closes, and sends the peer into exile, for what it sent
 * @property {() => PeerStats} stats
 * @property {RTCPeerConnection} connection
 *
 * @typedef {object} PeerStats
 * @property {string} id
 * @property {"dialing" | "answering" | "open" | "closed"} state
 * @property {number} call  the number of the call that made this link
 * @property {boolean} dialed  whether this side dialed
 * @property {number | null} openedAfterMs  from the first step to the open channel
 * @property {number | null} roundTripMs  the last ping's
 * @property {number} bytesSent
 * @property {number} bytesReceived
 * @property {number} messagesSent
 * @property {number} messagesReceived
 * @property {number} bufferedAmount
 * @property {number} quietMs  since something was last heard
 * @property {string} connectionState  what the browser says
 *
 * @typedef {{
 *   open: [peer: Peer],
 *   close: [peer: Peer, reason: Reason],
 *   bytes: [peer: Peer, bytes: Uint8Array],
 *   seen: [peerId: string],
 *   lost: [peerId: string, reason: Reason],
 *   channel: [peer: Peer, name: string, pipe: import("./pipe.js").Pipe],
 *   status: [],
 * }} MeshEvents
 *
 * @typedef {object} MeshStatus
 * @property {string} selfId
 * @property {PeerStats[]} peers  open links and attempts
 * @property {MeshCounters} counters
 * @property {Failure[]} failures  the last few, newest last
 * @property {Exiled[]} exiled  who is not spoken with at present
 *
 * @typedef {{ peerId: string, message: string, times: number, until: number }} Exiled  until: ms since 1970
 *
 * @typedef {{ peerId: string, code: Reason["code"], message: string, at: number }} Failure
 *
 * @typedef {object} MeshCounters
 * @property {number} dialed
 * @property {number} answered
 * @property {number} opened
 * @property {number} lost  open links that ended without a goodbye
 * @property {number} timedOut  attempts that never opened
 * @property {number} glare  calls of our own given up for the other side's
 * @property {number} stale  answers, offers and candidates of calls that are over
 * @property {number} refused  signalling messages that make no sense or come from exile, peers beyond the bound
 * @property {number} exiled  peers let go for what they sent
 *
 * @typedef {object} Mesh
 * @property {string} selfId
 * @property {import("../util/emitter.js").Emitter<MeshEvents>["on"]} on
 * @property {() => Peer[]} peers  open ones
 * @property {(peerId: string) => Peer | undefined} peer
 * @property {(peerId: string, name: string) => import("./pipe.js").Pipe} openChannel  PEER_NOT_FOUND when not connected
 * @property {() => MeshStatus} status
 * @property {() => Promise<void>} leave  says goodbye to everyone, then closes
 * @property {() => void} close
 */

export {}
