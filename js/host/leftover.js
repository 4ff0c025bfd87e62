/**
 * What a database left in localStorage while its store could not be opened, when it is there again: it is united with
 * what the store holds, and then it goes.
 */

import { createReplica } from "../core/index.js"
import { createLocalStorageStorage, hostLocalStorage, isInLocalStorage } from "../storage/localstorage.js"
import { sealStorage } from "../storage/sealed-store.js"

/**
 * @param {object} parts
 * @param {string} parts.name
 * @param {Pick<Parameters<typeof createReplica>[0], "locate" | "now" | "options">} parts.core
 * @param {import("../storage/vault.js").Vault} parts.vault it is encrypted as the store is
 * @param {(state: Uint8Array) => Promise<void>} parts.unite takes an export in; resolves when it is on the device
 */
export async function takeInLeftover({ name, core, vault, unite }) {
  const localStorage = hostLocalStorage()
  if (!localStorage || !isInLocalStorage(name, localStorage)) return
  const store = await sealStorage(createLocalStorageStorage({ localStorage }), vault).open(name)
  const replica = await createReplica({ ...core, touched: () => {} })
  try {
    for await (const row of store.read()) replica.load(row)
    replica.loadEnd()
    await unite(replica.exportState())
    await store.destroy()
  } finally {
    replica.close()
    await store.close()
  }
}
