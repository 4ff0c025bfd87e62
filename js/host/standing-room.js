/**
 * `db.room` as the user holds it, while the room behind it comes and goes: a page that returns from the browser's
 * back/forward cache joins anew, and listeners and channels made before must not be deaf then.
 *
 * Invariant: what was given to `on` or asked of `channel` holds for every room that is attached later, until taken back.
 *
 * @typedef {ReturnType<typeof import("../rtc/index.js").createRoom>} Room
 * @typedef {import("../rtc/room.js").Channel} Channel
 * @typedef {{ name: any, listener: any, off: () => void }} Entry
 * @typedef {{ on: (name: any, listener: any) => () => void }} Source
 */

/** @param {Room} first */
export function createStandingRoom(first) {
  let room = first
  const listeners = createListeners(() => room)
  /** @type {Map<string, { channel: Channel, attach: () => void }>} */
  const channels = new Map()

  /** @param {string} name @returns {Channel} */
  function channel(name) {
    const inner = room.channel(name)
    const known = channels.get(name)
    if (known) return known.channel
    const heard = createListeners(() => room.channel(name))
    /** @type {Channel} */
    const standing = { name: inner.name, send: (...args) => room.channel(name).send(...args), on: heard.on, off: heard.off }
    channels.set(name, { channel: standing, attach: heard.attach })
    return standing
  }

  return {
    /** @param {Room} next the room to stand for from now on */
    attach(next) {
      room = next
      listeners.attach()
      for (const { attach } of channels.values()) attach()
    },
    api: {
      get selfId() { return room.selfId },
      on: listeners.on,
      off: listeners.off,
      channel,
      getPeers: () => room.getPeers(),
      /** @param {string} peerId */
      ping: (peerId) => room.ping(peerId),
      leave: () => room.leave(),
      /** @param {unknown[]} args */
      addStream: (...args) => room.addStream(...args),
      /** @param {unknown[]} args */
      removeStream: (...args) => room.removeStream(...args),
      /** @param {unknown[]} args */
      addTrack: (...args) => room.addTrack(...args),
      /** @param {unknown[]} args */
      removeTrack: (...args) => room.removeTrack(...args),
      /** @param {unknown[]} args */
      replaceTrack: (...args) => room.replaceTrack(...args),
      get mesh() { return room.mesh },
    },
  }
}

/** Listeners that move from one source to the next. @param {() => Source} source */
function createListeners(source) {
  /** @type {Set<Entry>} */
  const entries = new Set()

  /** @param {Entry} entry */
  function drop(entry) {
    if (entries.delete(entry)) entry.off()
  }

  return {
    /** @param {any} name @param {any} listener @returns {() => void} its own off */
    on(name, listener) {
      /** @type {Entry} */
      const entry = { name, listener, off: source().on(name, listener) }
      entries.add(entry)
      return () => drop(entry)
    },
    /** @param {any} name @param {any} listener */
    off(name, listener) {
      const entry = [...entries].find((one) => one.name === name && one.listener === listener)
      if (entry) drop(entry)
    },
    attach() {
      for (const entry of entries) entry.off = source().on(entry.name, entry.listener)
    },
  }
}
