/**
 * Every bound of the WebRTC room, each with its reason. `createMesh({ limits })` overrides single ones (tests do).
 *
 * @typedef {object} RtcLimits
 * @property {number} frameBytes
 * @property {number} maxMessageBytes
 * @property {number} maxQueueBytes
 * @property {number} maxInboxBytes
 * @property {number} frameOverheadBytes
 * @property {number} holdBytes
 * @property {number} sliceMs
 * @property {number} frameBurst
 * @property {number} framesPerSecond
 * @property {number} smallBytes
 * @property {number} smallHighWaterBytes
 * @property {number} smallBurst
 * @property {number} smallPerSecond
 * @property {number} controlBurst
 * @property {number} controlsPerSecond
 * @property {number} maxRefusals
 * @property {number} exileFirstMs
 * @property {number} exileMaxMs
 * @property {number} highWaterBytes
 * @property {number} lowWaterBytes
 * @property {number} idleMs
 * @property {number} deadMs
 * @property {number} tickMs
 * @property {number} dialTimeoutMs
 * @property {number} offerAgainMs
 * @property {number} gatherMs
 * @property {number} maxGatherMs
 * @property {number} retryFirstMs
 * @property {number} retryMaxMs
 * @property {number} announcedForMs
 * @property {number} pingTimeoutMs
 * @property {number} lingerMs
 * @property {number} maxPeers
 * @property {number} maxKnown
 * @property {number} maxChannels
 * @property {number} maxSdpChars
 * @property {number} maxCandidates
 * @property {number} maxCandidateChars
 */

/** @type {Readonly<RtcLimits>} */
export const DEFAULT_LIMITS = Object.freeze({
  // One frame on a data channel, header included: every engine takes 64 KB, and larger ones gain nothing measurable.
  frameBytes: 65_536,
  // What one message may add up to. A full state of a million small nodes is below it.
  maxMessageBytes: 64 * 1024 * 1024,
  // What waits here for one slow peer. Beyond it the peer is let go: it syncs again when it comes back.
  maxQueueBytes: 128 * 1024 * 1024,
  // What may wait to be read, each frame charged its bytes and what it costs to keep. An honest sender stops when told
  // to, so only what was on its way comes: what its browser buffers (`highWaterBytes`), in frames as small as messages get.
  maxInboxBytes: 32 * 1024 * 1024,
  frameOverheadBytes: 64,
  // So much waiting tells the other side to hold, a quarter of it to go on.
  holdBytes: 2 * 1024 * 1024,
  // Reading at a stretch, all peers together: half a frame of a display, so that what a page does meanwhile stays smooth.
  sliceMs: 8,
  // Frames of one channel. Each costs a browser a task, 10 to 20 µs whatever it holds; a large transfer makes 1,600 a
  // second of 100 MB/s. At half the burst the sender is told to hold. The burst has room for what a network that stalls
  // lets go at once: a megabyte in its buffers, in messages as small as they get.
  frameBurst: 50_000,
  framesPerSecond: 20_000,
  // What this side sends of frames up to `smallBytes`: well below that, and few at a time into the browser's buffer.
  smallBytes: 4_096,
  smallHighWaterBytes: 128 * 1024,
  smallBurst: 5_000,
  smallPerSecond: 10_000,
  // Pings, their answers, holds and goes on one channel. An honest peer sends a few a second.
  controlBurst: 1_000,
  controlsPerSecond: 100,

  // User channels of one peer that may end by garbage before the peer itself is let go.
  maxRefusals: 8,
  // How long a peer that was let go for what it sent is not spoken with: twice as long each time.
  exileFirstMs: 60_000,
  exileMaxMs: 3_600_000,
  // Handed to the browser at most (Chromium throws above 16 MB), and when to go on.
  highWaterBytes: 8 * 1024 * 1024,
  lowWaterBytes: 1024 * 1024,

  // Silence after which a ping goes out, and silence (with no progress either) after which the peer counts as dead.
  idleMs: 3_000,
  deadMs: 10_000,
  tickMs: 1_000,

  // An attempt to connect: given up after, and its offer sent once more after (relays do lose messages).
  dialTimeoutMs: 10_000,
  offerAgainMs: 3_000,
  // ICE candidates travel in batches, so that relays are treated kindly: the first batch with the offer or the answer,
  // further ones with doubling waits.
  gatherMs: 30,
  maxGatherMs: 480,

  // Back-off between attempts, kept up while the peer was heard of within `announcedForMs`.
  retryFirstMs: 500,
  retryMaxMs: 30_000,
  announcedForMs: 120_000,

  pingTimeoutMs: 5_000,
  // How long a connection outlives our goodbye on it.
  lingerMs: 50,

  // A full mesh costs one connection a pair; browsers get sluggish long before this.
  maxPeers: 128,
  // Peers remembered for their call numbers, connected or not.
  maxKnown: 1_024,
  // User channels one peer may open.
  maxChannels: 64,

  // What a signalling message may carry. A data-channel SDP has about 500 characters, with media 10,000.
  maxSdpChars: 100_000,
  maxCandidates: 64,
  maxCandidateChars: 1_024,
})

/**
 * @param {Partial<RtcLimits>} [overrides]
 * @returns {Readonly<RtcLimits>}
 */
export function withDefaults(overrides = {}) {
  return Object.freeze({ ...DEFAULT_LIMITS, ...overrides })
}
