/** The WebRTC room: peers of a room as links of bytes, and `db.room` on top. */
export { createMesh } from "./mesh.js"
export { createRoom } from "./room.js"
export { iceConfiguration, DEFAULT_ICE_SERVERS } from "./ice.js"
export { DEFAULT_LIMITS } from "./limits.js"
