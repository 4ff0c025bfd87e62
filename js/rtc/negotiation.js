/**
 * One call on one RTCPeerConnection: the offer and answer, and ICE candidates gathered into batches.
 *
 * Every attempt has a connection of its own, so there is never anything to roll back: a call that lost is closed.
 *
 * Invariants
 * 1. Exactly one description goes out (and again, the same, when asked), with every candidate known by then.
 * 2. A candidate goes out once, never before its description; one that comes before its description waits for it.
 * 3. After `close()` nothing goes out and no timer is left.
 */

/**
 * @typedef {import("./calls.js").Candidate} Candidate
 *
 * @param {RTCPeerConnection} connection
 * @param {{
 *   call: number,
 *   dialed: boolean,
 *   send: (message: object) => unknown,
 *   log: (...words: unknown[]) => void,
 *   limits: import("./limits.js").RtcLimits,
 * }} options
 */
export function createNegotiation(connection, { call, dialed, send, log, limits }) {
  /** @type {Candidate[]} found here, not sent yet */
  let found = []
  /** @type {Candidate[]} from the peer, before its description */
  let early = []
  /** @type {{ type: "offer" | "answer", call: number, sdp: string, candidates: Candidate[] } | null} */
  let sent = null
  let described = false
  let ready = false
  let closed = false
  let waitMs = limits.gatherMs
  /** @type {ReturnType<typeof setTimeout> | null} */
  let timer = null
  /** @type {(() => void) | null} */
  let gathered = null

  connection.addEventListener("icecandidate", onCandidate)

  /** @param {RTCPeerConnectionIceEvent} event */
  function onCandidate({ candidate }) {
    if (closed) return
    if (!candidate || candidate.candidate === "") {
      // All there are: nothing to wait for any more.
      if (gathered) gathered()
      else flush()
      return
    }
    found.push({ candidate: candidate.candidate, sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex })
    if (sent && timer === null) timer = setTimeout(flush, waitMs)
  }

  function flush() {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (closed || !sent || found.length === 0) return
    waitMs = Math.min(waitMs * 2, limits.maxGatherMs)
    const candidates = found.splice(0)
    sent.candidates.push(...candidates)
    send({ type: "candidates", call, dialed, candidates })
  }

  /** Waits for the first candidates, though never longer than `gatherMs`. */
  function firstCandidates() {
    if (connection.iceGatheringState === "complete") return Promise.resolve()
    return new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
      gathered = () => {
        if (timer !== null) clearTimeout(timer)
        timer = null
        gathered = null
        resolve()
      }
      timer = setTimeout(gathered, limits.gatherMs)
    })
  }

  /** @param {"offer" | "answer"} type */
  async function describe(type) {
    const description = type === "offer" ? await connection.createOffer() : await connection.createAnswer()
    if (closed) return
    await connection.setLocalDescription(description)
    if (closed) return
    // Only now: adding a candidate may wait for a name to resolve, and an answer in the same queue would wait with it.
    if (type === "answer") addEarly()
    await firstCandidates()
    if (closed) return
    sent = { type, call, sdp: description.sdp ?? "", candidates: found.splice(0) }
    send(sent)
  }

  /** @param {"offer" | "answer"} type @param {string} sdp @param {Candidate[]} candidates */
  async function take(type, sdp, candidates) {
    if (closed || described) return
    described = true
    early.unshift(...candidates)
    await connection.setRemoteDescription({ type, sdp })
    if (type === "answer") addEarly()
  }

  function addEarly() {
    ready = true
    for (const candidate of early.splice(0)) void add(candidate)
  }

  /** @param {Candidate} candidate */
  async function add(candidate) {
    if (closed) return
    try {
      await connection.addIceCandidate(candidate)
    } catch (error) {
      // One bad address (an unresolvable mDNS name, a protocol this browser lacks) must not end a call that has others.
      if (!closed) log("rtc: a candidate was not taken", candidate.candidate, error)
    }
  }

  return {
    dial: () => describe("offer"),
    /** @param {string} sdp @param {Candidate[]} candidates */
    async answer(sdp, candidates) {
      await take("offer", sdp, candidates)
      if (!closed) await describe("answer")
    },
    /** @param {string} sdp @param {Candidate[]} candidates */
    accept: (sdp, candidates) => take("answer", sdp, candidates),
    /** @param {Candidate[]} candidates */
    candidates(candidates) {
      if (ready) for (const candidate of candidates) void add(candidate)
      else if (early.length + candidates.length <= limits.maxCandidates) early.push(...candidates)
    },
    /** The same description once more, for a message that was lost. */
    again() {
      if (sent && !closed) send(sent)
    },
    close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
      timer = null
      found = []
      early = []
      connection.removeEventListener("icecandidate", onCandidate)
    },
  }
}
