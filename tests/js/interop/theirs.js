/**
 * Two implementations of Negentropy V1 that are not ours, behind the same calls as `createOurs`.
 *
 * - `@nostr-dev-kit/sync`, both roles. It imports the kit it belongs to, which its reconciliation does not use:
 *   it is bundled with nothing in that place.
 * - `nip77` of nostr-tools, which can only initiate.
 *
 * Both write and read numbers with 32-bit shifts: only clocks below 2^31 - 1 survive, so seconds, not milliseconds.
 */
import { build } from "esbuild"
import { nip77 } from "nostr-tools"

const withoutKit = {
  name: "without the kit",
  setup(bundle) {
    bundle.onResolve({ filter: /^@nostr-dev-kit\/ndk$/ }, () => ({ path: "kit", namespace: "nothing" }))
    bundle.onLoad({ filter: /.*/, namespace: "nothing" }, () => ({ contents: "module.exports = {}" }))
  },
}

export async function loadKitSync() {
  const { outputFiles } = await build({
    stdin: { contents: `export * from "@nostr-dev-kit/sync"`, resolveDir: import.meta.dirname },
    bundle: true, write: false, format: "esm", platform: "node", logLevel: "error", plugins: [withoutKit],
  })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`)
}

/** One conversation each. `frameLimit` 0: none. */
export function createKitPeer(kit, items, { frameLimit = 0 } = {}) {
  const storage = new kit.NegentropyStorage()
  for (const { clock, id } of items) storage.insert(clock, id)
  storage.seal()
  const peer = new kit.Negentropy(storage, frameLimit)
  const hex = bytes => Buffer.from(bytes).toString("hex")
  const reconcile = message => peer.reconcile(new Uint8Array(Buffer.from(message, "hex")))
  return {
    initiate: async () => hex(await peer.initiate()),
    respond: async message => hex((await reconcile(message)).nextMessage),
    async proceed(message) {
      const { nextMessage, have, need } = await reconcile(message)
      return { message: nextMessage ? hex(nextMessage) : null, have: have.map(hex), need: need.map(hex) }
    },
  }
}

export function createToolsInitiator(items, { frameLimit = 60_000 } = {}) {
  const storage = new nip77.NegentropyStorageVector()
  for (const { clock, id } of items) storage.insert(clock, id)
  storage.seal()
  const peer = new nip77.Negentropy(storage, frameLimit)
  return {
    initiate: async () => peer.initiate(),
    async proceed(message) {
      const have = []
      const need = []
      const next = peer.reconcile(message, id => have.push(id), id => need.push(id))
      return { message: next, have, need }
    },
  }
}
