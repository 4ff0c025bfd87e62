/**
 * The rules of calling, as pure functions: which offer wins, and which signalling messages make sense.
 *
 * A call has a number. Each side keeps, for each peer, the greatest number it has used or seen and dials with the next one,
 * so numbers order the calls of a pair without a clock. Messages:
 *
 *   { type: "offer",      call, sdp, candidates }
 *   { type: "answer",     call, sdp, candidates }          to the one who dialed that call
 *   { type: "candidates", call, dialed, candidates }       dialed: whether the sender is the one who dialed
 *
 * Invariants
 * 1. Two peers that dial each other at the same moment (equal numbers) end with one call: that of the greater id.
 * 2. A message of a call that is over changes nothing, however late it comes.
 * 3. A call with a greater number always wins: its dialer knows the present one to be dead.
 */

/**
 * @typedef {{ candidate: string, sdpMid: string | null, sdpMLineIndex: number | null }} Candidate
 * @typedef {{ type: "offer" | "answer", call: number, sdp: string, candidates: Candidate[] }} Description
 * @typedef {{ type: "candidates", call: number, dialed: boolean, candidates: Candidate[] }} Candidates
 * @typedef {{ call: number, dialed: boolean, open: boolean }} Current  what this side has with the peer at present
 */

/**
 * What an offer means.
 * @param {{ selfId: string, peerId: string, call: number, current: Current | null }} situation
 * @returns {"accept" | "stale" | "offer again" | "answer again"}
 *   "offer again": the peer seems not to have ours, which wins; "answer again": it seems not to have our answer
 */
export function judgeOffer({ selfId, peerId, call, current }) {
  if (!current || call > current.call) return "accept"
  if (call < current.call) return current.dialed && !current.open ? "offer again" : "stale"
  if (!current.dialed) return current.open ? "stale" : "answer again"
  if (current.open) return "stale"
  return selfId > peerId ? "offer again" : "accept"
}

/**
 * Reads a signalling message from a peer; null when it makes no sense.
 * @param {unknown} value
 * @param {{ maxSdpChars: number, maxCandidates: number, maxCandidateChars: number }} limits
 * @returns {Description | Candidates | null}
 */
export function readSignal(value, limits) {
  if (value === null || typeof value !== "object") return null
  const { type, call, sdp, dialed, candidates } = /** @type {Record<string, unknown>} */ (value)
  if (!Number.isInteger(call) || Number(call) < 1 || Number(call) > 0x7fff_ffff) return null
  if (!Array.isArray(candidates) || candidates.length > limits.maxCandidates) return null
  const list = candidates.map((candidate) => readCandidate(candidate, limits.maxCandidateChars))
  if (list.includes(null)) return null
  const common = { call: Number(call), candidates: /** @type {Candidate[]} */ (list) }
  if (type === "offer" || type === "answer") {
    return typeof sdp === "string" && sdp.length <= limits.maxSdpChars ? { type, sdp, ...common } : null
  }
  return type === "candidates" && typeof dialed === "boolean" ? { type, dialed, ...common } : null
}

/**
 * @param {unknown} value
 * @param {number} maxChars
 * @returns {Candidate | null}
 */
function readCandidate(value, maxChars) {
  if (value === null || typeof value !== "object") return null
  const { candidate, sdpMid = null, sdpMLineIndex = null } = /** @type {Record<string, unknown>} */ (value)
  if (typeof candidate !== "string" || candidate.length > maxChars) return null
  if (sdpMid !== null && (typeof sdpMid !== "string" || sdpMid.length > 16)) return null
  if (sdpMLineIndex !== null && !(Number.isInteger(sdpMLineIndex) && Number(sdpMLineIndex) >= 0)) return null
  return { candidate, sdpMid, sdpMLineIndex: /** @type {number | null} */ (sdpMLineIndex) }
}
