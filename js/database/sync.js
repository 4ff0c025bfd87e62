/** `db.status()` and `db.sync`: what the core says of itself and of each link, with the names the outside has for them. */
import { WeftError } from "../errors.js"
import { createEmitter } from "../util/emitter.js"

/** @param {import("../host.js").Host} host */
export function createSync(host) {
  const { replica } = host
  /** @type {import("../util/emitter.js").Emitter<{ change: [any] }>} */
  const listeners = createEmitter()

  host.events.on("sync", () => {
    if (listeners.count() > 0) listeners.emit("change", status())
  })

  function status() {
    const { peers, ...own } = replica.syncStatus()
    return {
      ...own,
      peers: peers.map((/** @type {any} */ { link, tab, ...peer }) => ({ id: host.links.end(link)?.id ?? null, kind: tab ? "tab" : "peer", ...peer })),
    }
  }

  return {
    /** @returns {any} of a closed database: only that it is */
    databaseStatus() {
      if (replica.gone) return { open: false, error: replica.gone.code }
      const { id, ...core } = replica.status()
      return { open: true, replica: id, ...core, ...host.status() }
    },
    api: {
      status() {
        if (replica.gone) throw new WeftError(replica.gone.code, replica.gone.message)
        return status()
      },
      /** @param {"change"} name @param {(status: any) => unknown} listener @returns {() => void} its own off */
      on(name, listener) {
        if (name !== "change") throw new WeftError("INVALID_ARGUMENT", 'sync.on: there is only "change"', { path: "name" })
        if (typeof listener !== "function") throw new WeftError("INVALID_ARGUMENT", "listener must be a function", { path: "listener" })
        return listeners.on(name, listener)
      },
    },
  }
}
