/**
 * weft: a graph database in WebAssembly, synced peer to peer.
 *
 * Every method that can wait returns a promise. Wrong arguments reject with a {@link WeftError}; nothing is ever
 * half-done. What is marked "not yet" rejects with `NOT_SUPPORTED_YET`.
 */

/** Opens a database. Tabs of one origin with the same name are always in sync; with `rtc`, so are the peers of the room. */
export function weft(name: string, options?: WeftOptions): Promise<Database>

/** For those who come from GenosDB: the same function. */
export const gdb: typeof weft

// ---- values

/**
 * What a node or link can hold: what JSON can say, plus binary, `bigint` within 64 bits and `Date`. `NaN` and infinities
 * keep their value. Nested at most 128 deep, at most 16 MiB encoded.
 */
export type Value = null | boolean | number | string | bigint | Date | Uint8Array | Value[] | { [name: string]: Value }

/** What may be given: also `undefined` in objects (dropped) and arrays (null), and whatever has a `toJSON`. */
export type Input =
  | null | boolean | number | string | bigint | Date | Uint8Array
  | readonly (Input | undefined)[]
  | { readonly [name: string]: Input | undefined }
  | { toJSON(key?: string): unknown }

/** `T` where it can be stored, `never` where it cannot: so interfaces without an index signature are inputs too, field by field. */
export type Storable<T> =
  T extends Input ? T
  : T extends Unstorable ? never
  : T extends object ? { readonly [K in keyof T]: Storable<Exclude<T[K], undefined>> | Extract<T[K], undefined> }
  : never

type Unstorable =
  | ((...args: never[]) => unknown) | symbol | undefined | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> | PromiseLike<unknown>
  | RegExp | ArrayBuffer | DataView | Int8Array | Uint8ClampedArray | Int16Array | Uint16Array | Int32Array | Uint32Array
  | Float32Array | Float64Array | BigInt64Array | BigUint64Array

/** When something was written, on the hybrid logical clock. */
export interface Timestamp {
  /** Milliseconds since 1970. */
  physical: number
  /** Orders what was written in one millisecond. */
  logical: number
}

/** A node as read: the caller's own copy. */
export interface Node<T = any> {
  id: string
  value: T
  /** The targets of its links, of any label, each once, in the order they were linked. */
  edges: string[]
  timestamp: Timestamp
}

export interface Link<T = any> {
  source: string
  target: string
  /** Empty by default. */
  label: string
  /** `null` when it has none. */
  value: T
  timestamp: Timestamp
}

/** What is thrown and rejected with. */
export class WeftError extends Error {
  constructor(code: ErrorCode, message: string, detail?: { path?: string, cause?: unknown })
  name: "WeftError"
  /** Stable. */
  code: ErrorCode
  /** Where in the argument, e.g. `value.tags[3]`. */
  path?: string
}

export function isWeftError(error: unknown, code?: ErrorCode): error is WeftError

export type ErrorCode =
  | "INVALID_ARGUMENT" | "INVALID_ID" | "INVALID_VALUE" | "CIRCULAR_VALUE" | "TOO_DEEP" | "TOO_LARGE" | "NODE_NOT_FOUND"
  | "INVALID_QUERY" | "UNKNOWN_OPERATOR" | "CURSOR_NOT_FOUND" | "QUERY_TIMEOUT" | "NOT_SUPPORTED_YET" | "MALFORMED" | "UNSUPPORTED_VERSION"
  | "UNKNOWN_MESSAGE" | "STAMP_CONFLICT" | "CORRUPT_STORE" | "STORAGE_FAILED" | "STORAGE_UNAVAILABLE"
  | "PASSWORD_REQUIRED" | "WRONG_PASSWORD" | "CLOSED"
  | "BATCH_ASYNC" | "MIDDLEWARE_FAILED" | "CLOCK_AHEAD" | "OVERFLOW" | "RTC_UNAVAILABLE" | "PEER_NOT_FOUND" | "TIMEOUT"
  | "LINK_LOST" | "RELAY_FAILED" | "WASM_FAILED" | "INTERNAL"

export const ERROR_CODES: readonly ErrorCode[]

// ---- options

export interface WeftOptions {
  /** Sync with peers over WebRTC. Off by default: no socket is opened. */
  rtc?: boolean | RtcOptions
  /** Encrypts what is stored, the signalling, and keys the room's topic (keys derived apart). */
  password?: string
  /** Judges of incoming operations, present from the first message on. */
  middleware?: Middleware | readonly Middleware[]
  /** Operations kept for delta sync. Default 1000. */
  oplogSize?: number
  /** What is written is flushed to the device at most this much later. Default 200 ms. */
  saveDelay?: number
  /** `"strict"`: the promise of a write waits for the flush. Default `"relaxed"`. */
  durability?: "relaxed" | "strict"
  /** Fields or dot paths to index from the start; the engine also indexes by itself. */
  indexes?: string[]
  /** Default: the best there is. `db.status().storage` tells which, and why. */
  storage?: "opfs" | "indexeddb" | "localstorage" | "memory"
  /** `"field"` (default): concurrent changes of different fields of one node all survive. `"node"`: the later write wins. */
  merge?: "field" | "node"
  /** What a full state does to what only this replica holds: `"merge"` (default) unites, `"replace"` discards it. */
  fullState?: "merge" | "replace"
  /** `false`: range reconciliation is not offered; what the oplog does not cover goes by full state. Default true. */
  reconcile?: boolean
  /** Operations of others stamped further ahead than this wait for the wall clock. Default 2 hours, in ms. */
  maxDrift?: number
  /** Messages above this many bytes are deflated. Default 512. */
  compressAbove?: number
  /** How long a replica rests before it proves again that it is equal to its peers. Default 1000 ms. */
  proveAfter?: number
  /** Sync with the other tabs of this origin. Default: wherever there are tabs, so not in Node. */
  tabs?: boolean
  /** Logs to the console; silent otherwise. */
  debug?: boolean
}

export interface RtcOptions {
  /** Nostr relays, `ws://` or `wss://`. Default: a short list of public ones. */
  relayUrls?: readonly string[]
  turnConfig?: RTCIceServer | readonly RTCIceServer[]
  iceServers?: readonly RTCIceServer[]
}

// ---- the database

/** How a query was run. */
export interface Explanation {
  /**
   * `"ids"`: the condition names them · `"range"`: by indexes · `"walk"`: in the result's order until the window was
   * full · `"columns"`: every node, by columns · `"nodes"`: every node itself, there being few.
   */
  way: "ids" | "range" | "walk" | "columns" | "nodes"
  /** The fields whose order of values narrowed it down. */
  fields: string[]
  /** The fields whose order of places did. */
  places: string[]
  /** Entries in the ranges of these indexes, known before one was read. */
  counted: number
  /** Nodes the condition was asked about. */
  asked: number
  found: number
  /** The order was there already: nothing was sorted. */
  inOrder: boolean
  /** In the graph. */
  nodes: number
  /** Bytes of columns and indexes that this query made, for the next ones. */
  made: number
  ms: number
}

export interface Database {
  readonly name: string

  /**
   * Sets a node's value: fields not given are removed, what was not changed is not written.
   * @param id without one: a fresh unique id; `{ id: "hash" }`: the SHA-256 of the value
   * @returns the node's id
   */
  put<T>(value: T & Storable<T>, id?: string | { id: "hash" }): Promise<string>

  get<T = any>(id: string): Promise<{ result: Node<T> | null }>
  /** The callback is called at once and on each change; with `null` when there is no node (any more). */
  get<T = any>(id: string, callback: (node: Node<T> | null) => unknown): Promise<{ result: Node<T> | null, unsubscribe: () => void }>

  /** Resolves `false` when there was no such node. */
  remove(id: string): Promise<boolean>

  /** Both nodes must exist (`NODE_NOT_FOUND`). Resolves `false` when the link was there already with an equal value. */
  link<T>(source: string, target: string, options?: { label?: string, value?: T & Storable<T> }): Promise<boolean>

  /** Resolves `false` when there was no such link. */
  unlink(source: string, target: string, options?: { label?: string }): Promise<boolean>

  /** The links from (`"out"`, default), to (`"in"`) or at (`"any"`) a node, of one label or all. */
  links<T = any>(id: string, options?: { direction?: "out" | "in" | "any", label?: string }): Promise<Link<T>[]>

  /** Empties the graph for everyone, also of what others wrote before and have not sent yet. */
  clear(): Promise<void>

  /** Nodes that match, in order. Options and callback in any order. */
  map(options: MapOptions & { $count: true }): Promise<{ results: never[], count: number }>
  map<T = any>(...options: MapOptions[]): Promise<{ results: Node<T>[] }>
  map<T = any>(callback: MapCallback<T>, ...options: MapOptions[]): Promise<LiveResults<T>>
  map<T = any>(options: MapOptions, callback: MapCallback<T>, ...more: MapOptions[]): Promise<LiveResults<T>>
  map<T = any>(options: MapOptions, more: MapOptions, callback: MapCallback<T>): Promise<LiveResults<T>>

  /** Runs a query without giving its results, and tells how it was run (docs/queries.md, "Indexes"). */
  explain(...options: MapOptions[]): Promise<Explanation>
  /** Keeps the nodes sorted by this field or dot path from now on, for equality, ranges, prefixes and sorting. */
  index(field: string): Promise<void>

  /**
   * All writes made by `fn` are one unit: one message, one record, one round of events. When it throws, nothing is
   * written. It is synchronous (`BATCH_ASYNC`).
   * @returns what `fn` returned
   */
  batch<T>(fn: (transaction: Transaction) => T extends PromiseLike<unknown> ? never : T): Promise<T>

  /** Judges operations that come from elsewhere, by whatever way. Returns its own off. */
  use(middleware: Middleware): () => void

  /** Resolves when everything written before is on the device. */
  flush(): Promise<void>

  /** The whole graph, as it is at the call, as a file: equal graphs give equal bytes. Progress counts operations. */
  export(options?: TransferOptions): Promise<Uint8Array>
  /**
   * Unites an exported graph with this one, judged like a peer's: all of it when it resolves, and nothing before, nor when
   * it rejects. Progress counts bytes of the file.
   */
  import(bytes: Uint8Array, options?: TransferOptions): Promise<void>
  /** Writes an exported graph's nodes and links anew, so that also what was removed since comes back. Resolves with how many. */
  restore(bytes: Uint8Array): Promise<number>

  /** Not yet. */
  scrub(id: string): Promise<never>

  /**
   * Makes the store anew under another password, with new keys, for all tabs; the room's stays until the database is
   * opened again. `null`: none.
   */
  changePassword(old: string | null, next: string | null): Promise<void>

  status(): Status
  /** What went wrong without a caller to tell (`status().notices`), as it happens. Returns its own off. */
  on(event: "notice", listener: (notice: Notice) => unknown): () => void
  readonly sync: {
    status(): SyncStatus
    /** Returns its own off. */
    on(name: "change", listener: (status: SyncStatus) => unknown): () => void
  }

  /** With `rtc`: who we are in the room. */
  readonly selfId: string | undefined
  /** With `rtc`: who is here, and channels of one's own. */
  readonly room: Room | undefined

  /** Writes what is pending, says goodbye, lets go of everything. Twice is once. */
  close(): Promise<void>
  /** Closes, and forgets this machine's copy (not the others'). */
  destroy(): Promise<void>
}

/** Synchronous: takes effect when the batch's function has returned. */
export interface TransferOptions {
  /** Called as it goes on, at last with `done` equal to `total`; `done` never falls. */
  onProgress?: (progress: { done: number, total: number }) => unknown
}

export interface Transaction {
  put<T>(value: T & Storable<T>, id?: string | { id: "hash" }): string
  remove(id: string): void
  link<T>(source: string, target: string, options?: { label?: string, value?: T & Storable<T> }): void
  unlink(source: string, target: string, options?: { label?: string }): void
  clear(): void
}

// ---- queries

export interface MapOptions {
  /** Conditions on fields (dot paths), ANDed. `id` and `timestamp` are the node's own. */
  query?: Query
  /** The field to sort by, ties by id. Default: when the node was created. */
  field?: string
  /** Sorts by the distance of the field's point from here instead; nodes without one come last. */
  $near?: Point
  order?: "asc" | "desc"
  $limit?: number
  $skip?: number
  /** The id of the node to begin behind. */
  $after?: string
  /** The id of the node to end before. */
  $before?: string
  /** Only how many there are: `results` stays empty, `count` tells. Without a callback. */
  $count?: boolean
  /** The dot paths of the value to show. */
  $select?: readonly string[]
  /** With a callback: whether it hears of changes too. Default true. */
  realtime?: boolean
}

export type QueryLiteral = null | boolean | number | string | bigint | Date | Uint8Array | readonly QueryLiteral[] | LiteralMap

/** A map to be equal to. A name with `$` in front would be an operator. */
export interface LiteralMap {
  readonly [name: string]: QueryLiteral
  readonly [operator: `$${string}`]: never
}

/** In degrees; whatever else the map holds. */
export interface Point {
  latitude: number
  longitude: number
}

export interface Query {
  /** Every word must occur in some text of the node's value, at any depth; accents, case and punctuation aside. */
  $text?: string
  $and?: readonly Query[]
  $or?: readonly Query[]
  $nor?: readonly Query[]
  $not?: Query
  [operator: `$${string}`]: readonly Query[] | Query | string | undefined
  [path: string]: Conditions | QueryLiteral | RegExp | readonly Query[] | Query | undefined
}

export interface Conditions {
  $eq?: QueryLiteral
  $ne?: QueryLiteral
  $gt?: QueryLiteral
  $gte?: QueryLiteral
  $lt?: QueryLiteral
  $lte?: QueryLiteral
  $in?: readonly QueryLiteral[]
  $nin?: readonly QueryLiteral[]
  /** Inclusive. */
  $between?: readonly [QueryLiteral, QueryLiteral]
  $exists?: boolean
  $type?: string
  $startsWith?: string
  $endsWith?: string
  $contains?: string
  /** `%` any run, `_` one character, `\` escapes. */
  $like?: string
  /** Of a string. */
  $regex?: string | RegExp
  /** Of a `$regex` that is a string. */
  $flags?: string
  /** Every word must occur; accents, case and punctuation aside. */
  $text?: string
  /** Within `radius` kilometres. */
  $near?: Point & { radius: number }
  /** Edges included; `minLng` above `maxLng` crosses the 180th meridian. */
  $bbox?: { minLat: number, maxLat: number, minLng: number, maxLng: number }
  $size?: number
  $all?: readonly QueryLiteral[]
  $elemMatch?: Query | Conditions
  $not?: Conditions
}

export type MapAction = "initial" | "added" | "updated" | "removed"

export interface MapEvent<T = any> extends Node<T> {
  /** `removed` also of a node that merely left the result; its value is then `null`. */
  action: MapAction
}

export type MapCallback<T = any> = (event: MapEvent<T>) => unknown

export interface LiveResults<T = any> {
  results: Node<T>[]
  unsubscribe: () => void
}

// ---- middleware

/**
 * Returns the operations to apply, the very objects it was given; nothing or `[]` discards the batch. What it throws
 * discards the batch too (`MIDDLEWARE_FAILED` in `status().notices`).
 */
export type Middleware = (
  operations: Operation[],
  /** The nodes concerned that exist, as they are now. */
  previous: Map<string, Node>,
  context: { mode: "live" | "deltaSync" | "syncReceive" | "reconcile" | "tab" | "import" },
) => Operation[] | void | null | undefined | Promise<Operation[] | void | null | undefined>

interface OperationBase {
  timestamp: Timestamp
  /** Whose it is: 16 hex digits. */
  replica: string
}
export interface UpsertOperation extends OperationBase {
  type: "upsert"
  id: string
  /** What the node would be. */
  value: any
  /** Of a write of single fields: those given. */
  fields?: Record<string, any>
  /** Of a write of single fields: those deleted. */
  deleted?: string[]
}
export interface RemoveOperation extends OperationBase {
  type: "remove"
  id: string
}
export interface ClearOperation extends OperationBase {
  type: "clear"
  id?: undefined
}
export interface LinkOperation extends OperationBase {
  type: "link"
  source: string
  target: string
  label: string
  value: any
  id?: undefined
}
export interface UnlinkOperation extends OperationBase {
  type: "unlink"
  source: string
  target: string
  label: string
  id?: undefined
}
export type Operation = UpsertOperation | RemoveOperation | ClearOperation | LinkOperation | UnlinkOperation

// ---- status

export interface Stamp extends Timestamp {
  /** 16 hex digits. */
  replica: string
}

export type Status = OpenStatus | { open: false, error: ErrorCode }

export interface OpenStatus {
  open: true
  /** This replica's id: 16 hex digits, new at every open. */
  replica: string
  nodes: number
  links: number
  /** Live operations, and what their encodings weigh. */
  operations: number
  bytes: number
  /** Equal fingerprints, equal graphs: 64 hex digits. `null` while a large graph's first one is being taken. */
  fingerprint: string | null
  /** The greatest stamp applied. */
  watermark: Stamp | null
  oplog: { used: number, capacity: number, floor: Stamp | null }
  quarantine: { held: number, dropped: number }
  /** Replicas whose clock runs ahead. */
  clockAhead: string[]
  /** Operations a middleware dropped; messages refused, by error code. */
  refused: { operations: number, [code: string]: number }
  tombstones: { removes: number, unlinks: number, clears: number, bytes: number }
  /**
   * What is kept beside the graph for queries: columns of fields, of those sorted by it the order of their values
   * (`entries` of it), and that of their places (`places` of it).
   */
  indexes: { field: string, declared: boolean, sorted: boolean, entries: number, places: number, bytes: number, uses: number }[]
  conflicts: number
  /** How many full states stood in for a range reconciliation. */
  fullInPlaceOfReconcile: number
  storage: {
    kind: string
    /** Why this one, in words. */
    reason: string
    encrypted: boolean
    state: "opening" | "owner" | "follower" | "taking" | "broken" | "suspended" | "none" | "lost" | "closed"
    /** Bytes written that may not survive the end of the process yet. */
    pending: number
    /** Of the journal, and of the snapshot it began with (or would begin with now). */
    bytes: number
    snapshotBytes: number
    /** When the device last had all that was written, in milliseconds since 1970. */
    flushedAt: number | null
    /** There is no room: `put`, `link`, `import` and `restore` reject with `STORE_FULL`, removing goes on. */
    full: boolean
    /** What the browser estimates for this origin, in bytes; null: not known (yet). Not there with `memory`. */
    usage?: number | null
    quota?: number | null
    /** Whether the browser promised not to throw the data away. */
    persisted?: boolean | null
    error: WeftError | null
  }
  tabs: { id: string, tabs: number, ignored: number } | null
  rtc: RtcStatus | null
  /** What went wrong without a caller to tell, newest last. */
  notices: Notice[]
}

export interface Notice {
  code: string
  message: string
  details: Record<string, any>
  /** Milliseconds since 1970. */
  at: number
}

export interface Traffic {
  messages: number
  operations: number
  bytes: number
  /** Before deflating. */
  rawBytes: number
}

export type SyncMode = "none" | "inSync" | "deltaSync" | "syncReceive" | "reconcile"

export interface SyncPeer {
  /** Who: a peer's `selfId`, or a tab's id. */
  id: string | null
  kind: "peer" | "tab"
  replica: string | null
  /** How the last sync with it went. */
  mode: SyncMode
  /** `proved`: equal now. `settled`: different, and neither side moved (a middleware refused). `stale`: to be proved again. */
  state: "proved" | "settled" | "stale"
  /** Milliseconds since 1970. */
  lastProved: number | null
  held: number
  /** Messages of its that answered nothing anyone had asked. */
  outOfTurn: number
  /** Full states that it asked for more often than is affordable, and that were put off. */
  overBudget: number
  /** By kind of message. */
  sent: Record<string, Traffic>
  received: Record<string, Traffic>
  fullInPlaceOfReconcile: number
  judging: boolean
  /** A large full state of its is being applied, in slices. */
  applying: boolean
  /** What comes by this link waits: for a middleware, or for what is done in slices. */
  waiting: boolean
  /** Bytes that wait. */
  parked: number
}

export interface SyncStatus {
  count: number
  fingerprint: string | null
  watermark: Stamp | null
  /** Turns that work in slices took: fingerprints, full states. */
  turns: number
  /** As in `status()`. */
  refused: { operations: number, [code: string]: number }
  peers: SyncPeer[]
}

export interface RtcStatus {
  selfId: string
  peers: PeerStats[]
  counters: Record<string, number>
  failures: { peerId: string, code: string, message: string, at: number }[]
  /** Peers let go for what they sent, and until when (ms since 1970) they are not spoken with. */
  exiled: { peerId: string, message: string, times: number, until: number }[]
  relays: any[]
}

export interface PeerStats {
  id: string
  state: "dialing" | "answering" | "open" | "closed"
  call: number
  dialed: boolean
  openedAfterMs: number | null
  roundTripMs: number | null
  bytesSent: number
  bytesReceived: number
  messagesSent: number
  messagesReceived: number
  bufferedAmount: number
  quietMs: number
  connectionState: string
}

// ---- the room

export interface LeaveReason {
  code: "left" | "closed" | "lost" | "timeout" | "replaced" | "refused" | "overflow" | "failed"
  message: string
}

export interface RoomEvents {
  "peer:join": (peerId: string) => unknown
  "peer:leave": (peerId: string, reason: LeaveReason) => unknown
  "peer:seen": (peerId: string) => unknown
  "peer:lost": (peerId: string, reason: LeaveReason) => unknown
}

export interface Room {
  readonly selfId: string
  /** Returns its own off. */
  on<N extends keyof RoomEvents>(name: N, listener: RoomEvents[N]): () => void
  off<N extends keyof RoomEvents>(name: N, listener: RoomEvents[N]): void
  /** A channel of one's own, named by at most 12 bytes of UTF-8. */
  channel(name: string): Channel
  getPeers(): Record<string, RTCPeerConnection>
  /** Milliseconds for a round trip. */
  ping(peerId: string): Promise<number>
  /** Says goodbye to everyone. The database stays open. */
  leave(): Promise<void>
  /** Not yet. */
  addStream(...args: unknown[]): Promise<never>
  /** Not yet. */
  removeStream(...args: unknown[]): Promise<never>
  /** Not yet. */
  addTrack(...args: unknown[]): Promise<never>
  /** Not yet. */
  removeTrack(...args: unknown[]): Promise<never>
  /** Not yet. */
  replaceTrack(...args: unknown[]): Promise<never>
}

export interface Channel {
  readonly name: string
  send(
    data: unknown,
    targets?: string | readonly string[] | null,
    meta?: unknown,
    onProgress?: (fraction: number, peerId: string, meta?: unknown) => void,
  ): Promise<void>
  on(name: "message", listener: (data: any, peerId: string, meta: any) => unknown): () => void
  on(name: "progress", listener: (fraction: number, peerId: string, meta: any) => unknown): () => void
  off(name: "message", listener: (data: any, peerId: string, meta: any) => unknown): void
  off(name: "progress", listener: (fraction: number, peerId: string, meta: any) => unknown): void
}
