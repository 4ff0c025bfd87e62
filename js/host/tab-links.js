/**
 * Keeps a link of the replica for each other tab that has the database open.
 *
 * Invariants
 * 1. A tab without rtc is a bridge for a tab that has it: its operations are passed on to the peers.
 * 2. A tab whose link the core gave up is told so when it asks whether it is safe: what it posts does not arrive.
 *
 * @param {object} parts
 * @param {import("../tabs/tabs.js").Tabs} parts.tabs
 * @param {ReturnType<typeof import("./links.js").createLinks>} parts.links
 * @param {boolean} parts.rtc whether this tab has it
 * @param {(level: "warn" | "debug", text: string) => void} parts.log
 */
export function linkTabs({ tabs, links, rtc, log }) {
  /** @type {Map<string, { link: import("./links.js").Link, bridge: boolean, refused: boolean }>} */
  const held = new Map()

  /** @param {string} id @param {import("../tabs/wire.js").TabInfo} info */
  function come(id, info) {
    const bridge = rtc && !info.rtc
    const known = held.get(id)
    if (known?.bridge === bridge) return
    known?.link.close()
    const link = links.open({
      id, kind: "tab", bridge,
      send: (bytes) => tabs.send(id, bytes),
      close: (code, message) => refuse(id, `${code} ${message}`),
    })
    held.set(id, { link, bridge, refused: false })
  }

  /** @param {string} id @param {string} why */
  function refuse(id, why) {
    log("warn", `tab ${id} is not listened to any more: ${why}`)
    const known = held.get(id)
    if (known) known.refused = true
  }

  const offs = [
    tabs.on("tab", come),
    tabs.on("info", come),
    tabs.on("gone", (id) => {
      held.get(id)?.link.close()
      held.delete(id)
    }),
    tabs.on("bytes", (from, bytes) => held.get(from)?.link.receive(bytes)),
  ]
  for (const { id, ...info } of tabs.list()) come(id, info)

  return {
    /** @param {string} id @returns {number | undefined} */
    number: (id) => held.get(id)?.link.number,
    /** Whether nothing it posts arrives any more. @param {string} id */
    refused: (id) => held.get(id)?.refused ?? false,
    close() {
      for (const off of offs) off()
      for (const { link } of held.values()) link.close()
      held.clear()
    },
  }
}
