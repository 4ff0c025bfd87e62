/** What Emscripten's glue and wasm/bindings.cpp give; only js/core sees it. */

export interface CoreOptions {
  replicaHigh: number
  replicaLow: number
  seedHigh: number
  seedLow: number
  nodeWriter: boolean
  replaceFullState: boolean
  reconcile: boolean
  oplogSize: number
  compressAbove: number
  maxDriftMs: number
  proveAfterMs: number
  indexFrom: number
  indexAfter: number
}

/** Results as of `weft_call`: negative is minus a code. */
export interface Door {
  handle(): number
  loadEnd(now: number): number
  setStoreOwner(owner: boolean): number
  setJudge(registered: boolean): number
  linkOpen(link: number, tab: boolean, bridge: boolean, now: number): number
  linkClose(link: number): number
  hasTaken(link: number, messages: number): number
  unsubscribe(subscription: number): number
  tick(now: number): number
  beginSnapshot(): number
  beginExport(): number
  nextSlice(number: number): number
  slicesLeft(number: number): number
  dropSlices(number: number): number
  nextImport(number: number, now: number): number
  importProgress(number: number): number
  dropImport(number: number): number
  status(): number
  syncStatus(): number
  delete(): void
}

export interface CoreModule {
  HEAPU8: Uint8Array
  Replica: new (options: CoreOptions) => Door
  _weft_inbox(bytes: number): number
  _weft_outbox(): number
  _weft_outbox_length(): number
  _weft_call(handle: number, command: number, length: number, now: number): number
  _weft_drain(handle: number, withOutgoing: number, now: number): number
  _weft_pending_bytes(handle: number): number
  _weft_live_bytes(handle: number): number
}

export interface CoreModuleSettings {
  instantiateWasm(imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void): object
  platform: import("./platform.js").Platform
  print(text: string): void
  printErr(text: string): void
}

export default function createModule(settings: CoreModuleSettings): Promise<CoreModule>
