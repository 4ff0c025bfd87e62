/** The core behind its boundary: the only code of the shim that touches the WebAssembly module. */
export { KINDS } from "./commands.js"
export { locateBeside } from "./locate.js"
export { createReplica } from "./replica.js"
export { tellRound } from "./rounds.js"
