/** The numbers of the commands that cross as bytes: the same as `wasm/commands.h`, where their arguments are told. */
export const COMMANDS = Object.freeze({
  put: 1,
  get: 2,
  remove: 3,
  link: 4,
  unlink: 5,
  clear: 6,
  batch: 7,
  links: 8,
  map: 9,
  subscribe: 10,
  subscribeNode: 11,
  export: 12,
  import: 13,
  restore: 14,
  load: 15,
  snapshot: 16,
  receive: 17,
  verdict: 18,
  hash: 19,
  count: 20,
  explain: 21,
  index: 22,
  beginImport: 23,
})

/** Which way links are followed: `Direction` of `src/graph/graph.h`. */
export const DIRECTIONS = Object.freeze({ out: 0, in: 1, any: 2 })

/** What happened to a node of a live result: `Action` of `src/core/replica.h`. */
export const ACTIONS = Object.freeze(/** @type {const} */ (["initial", "added", "updated", "removed"]))

/** What a command of a batch is: `Kind` of `src/log/operation.h`. */
export const KINDS = Object.freeze({ put: 1, remove: 4, clear: 5, link: 6, unlink: 7 })
