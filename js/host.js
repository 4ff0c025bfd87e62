/**
 * The host of one replica: opens what it needs around it (store, tabs, room), and performs its effects.
 *
 * Invariants
 * 1. Every call into the core ends in one drain (host/pump.js).
 * 2. Of one drain, messages go out first, then records, then everything else, events last: a follower's question
 *    "is it safe?" travels behind the operations it is about, and a listener finds everything done.
 * 3. What listeners throw is reported as uncaught and stops nothing.
 * 4. After `close` there is no timer, socket, channel, lock, store handle or memory of the core left.
 */
import { createReplica, tellRound } from "./core/index.js"
import { WeftError, isWeftError } from "./errors.js"
import { createAlarm } from "./host/alarm.js"
import { createGuarded } from "./host/guarded.js"
import { createJudges } from "./host/judges.js"
import { createLinks } from "./host/links.js"
import { createOpening } from "./host/opening.js"
import { createPasswordChange } from "./host/password.js"
import { createPump } from "./host/pump.js"
import { createQuota } from "./host/quota.js"
import { createStandingRoom } from "./host/standing-room.js"
import { createStore } from "./host/store.js"
import { linkTabs } from "./host/tab-links.js"
import { createTransfer } from "./host/transfer.js"
import { createWaits } from "./host/waits.js"
import { takeInLeftover } from "./host/leftover.js"
import { chooseStorage } from "./storage/choose.js"
import { createClaim } from "./storage/claim.js"
import { createOwnership } from "./storage/owner.js"
import { sealStorage } from "./storage/sealed-store.js"
import { createVault } from "./storage/vault.js"
import { createLifecycle } from "./tabs/lifecycle.js"
import { createTabs } from "./tabs/tabs.js"
import { createEmitter, reportUncaught } from "./util/emitter.js"

/** The major version of what tabs and peers say to each other: part of channel names, so that versions never meet. */
const PROTOCOL = 1
const KEPT_NOTICES = 32

/**
 * @typedef {import("./core/replica.js").Effect} Effect
 * @typedef {(action: import("./core/rounds.js").Action, node: import("./core/replica.js").Node) => void} Listener of a subscription; the node is its own
 * @typedef {Awaited<ReturnType<typeof openHost>>} Host
 * @typedef {{ code: string, message: string, details: Record<string, any>, at: number }} Notice
 *
 * @typedef {object} Platform what a test may put in the place of the real thing
 * @property {import("./core/module.js").Locate} locate
 * @property {() => number} now
 * @property {import("./storage/choose.js").StorageChoice} [storage]
 * @property {number} [passwordRounds]  of the derivation of the store's keys
 * @property {Partial<import("./core/replica.js").ReplicaOptions>} [core] before what the options say
 */

/**
 * @param {string} name
 * @param {import("./database/options.js").Options} options checked
 * @param {Platform} platform
 */
export async function openHost(name, options, platform) {
  const { now, locate } = platform
  if (options.rtc && typeof globalThis.RTCPeerConnection !== "function") {
    throw new WeftError("RTC_UNAVAILABLE", "options.rtc: this browser or host has no RTCPeerConnection")
  }
  const log = options.debug ? logTo(name) : () => {}
  const claim = createClaim(name)
  const storage = platform.storage ?? await chooseStorage(options.storage, { log, claim, strict: options.strict })
  const vault = createVault(options.password ?? null, { rounds: platform.passwordRounds })
  /** @type {import("./util/emitter.js").Emitter<{ sync: [], notice: [Notice] }>} */
  const events = createEmitter()
  /** @type {Notice[]} */
  const notices = []
  /** @type {Map<number, Listener>} */
  const subscribers = new Map()

  /** @type {import("./core/replica.js").Replica | null} */
  let core = null
  const pump = createPump({ replica: () => core, perform })
  const opening = createOpening(storage, name)
  const replica = core = await createReplica({ locate, now, touched: pump.touched, options: { ...options.core, ...platform.core } })
    .catch(async (error) => {
      await opening.giveUp()
      await claim.close()
      throw error
    })
  for (const field of options.indexes) replica.index(field)
  const alarm = createAlarm(() => { if (!replica.gone) replica.tick() }, now)
  const tabs = options.tabs ? createTabs({ name, protocol: PROTOCOL, info: { rtc: options.rtc !== null, owner: false } }) : null
  const lifecycle = createLifecycle()
  const links = createLinks({ replica, broadcast: (bytes) => tabs?.broadcast(bytes) })
  const judges = createJudges({ replica, failed: (error) => notice(error.code, error.message, {}) })
  const waits = createWaits({ replica, links, events })
  const transfer = createTransfer({ replica, waits, isClosing: () => closing !== null })
  const sealed = sealStorage(opening, vault, { damaged: (message) => notice("CORRUPT_STORE", message, {}), log })
  const guarded = createGuarded({ replica })
  const store = createStore({
    replica, pump, tabs, log,
    openStore: storage.kind === "memory" ? null : () => sealed.open(name),
    ownership: storage.kind === "memory" ? null : createOwnership({ name }),
    saveDelayMs: options.saveDelay,
    small: () => storage.kind === "localstorage",
    full: (now) => notice("STORE_FULL", now ? "the store is full: nothing new is taken until something is removed" : "the store has room again", { full: now }),
    settle: async (tabId) => {
      const number = tabLinks?.number(tabId)
      if (number !== undefined) await waits.heard(number)
      if (tabLinks?.refused(tabId)) throw new WeftError("STORAGE_UNAVAILABLE", "the tab that owns the store does not listen to this one any more")
      pump.drainNow()
    },
  })
  const passwordChange = createPasswordChange({ vault, store, tabs })
  const quota = storage.kind === "memory" ? null : createQuota({
    now,
    nearlyFull: (usage, limit) => notice("STORE_FULL", "the store is nearly full", { full: false, usage, quota: limit }),
  })
  /** @type {ReturnType<typeof linkTabs> | null} */
  let tabLinks = null
  /** @type {Awaited<ReturnType<typeof import("./host/rtc.js").startRtc>> | null} */
  let rtc = null
  /** @type {ReturnType<typeof createStandingRoom> | null} */
  let room = null
  /** Counts the times the page left. */
  let stays = 0
  /** @type {Promise<void> | null} */
  let closing = null
  /** Of all that wait for the device in one microtask. @type {Promise<void> | null} */
  let flushing = null

  /** @param {readonly Effect[]} effects */
  function perform(effects) {
    let syncMoved = false
    for (const effect of effects) attempt(transmit, effect)
    for (const effect of effects) if (effect.kind === "persist") attempt(persist, effect)
    for (const effect of effects) {
      if (effect.kind === "syncChange") syncMoved = true
      else attempt(act, effect)
    }
    if (syncMoved) events.emit("sync")
    for (const effect of effects) if (effect.kind === "events") attempt(tellAll, effect)
  }

  /** What one effect's performer throws stops no other. @param {(effect: Effect) => void} performer @param {Effect} effect */
  function attempt(performer, effect) {
    try {
      performer(effect)
    } catch (error) {
      reportUncaught(error)
    }
  }

  /** @param {Effect} effect */
  function transmit(effect) {
    if (effect.kind === "send") links.send(effect.link, effect.bytes)
    else if (effect.kind === "pauseLink") links.pause(effect.link, effect.paused)
    else if (effect.kind === "dropLink") links.drop(effect.link, effect.code, effect.message)
  }

  /** @param {Effect} effect */
  function persist(effect) {
    if (effect.kind !== "persist") return
    store.write(effect.bytes, effect.wholeState)
    quota?.wrote(effect.bytes.length)
  }

  /** @param {Effect} effect */
  function act(effect) {
    if (effect.kind === "judge") judges.judge(effect.ticket, effect.batch).catch(reportUncaught)
    else if (effect.kind === "wake") alarm.set(effect.time)
    else if (effect.kind === "notice") notice(effect.code, effect.message, effect.details)
    else if (effect.kind === "reset") store.compact()
  }

  /** @param {string} code @param {string} message @param {Record<string, any>} details */
  function notice(code, message, details) {
    const entry = { code, message, details, at: now() }
    if (code === "CORRUPT_STORE") store.tornTail()
    if (notices.push(entry) > KEPT_NOTICES) notices.shift()
    log("warn", `${code}: ${message} ${JSON.stringify(details)}`)
    events.emit("notice", entry)
  }

  /** @param {Effect} effect */
  function tellAll(effect) {
    if (effect.kind === "events") tellRound(effect.round, tell)
  }

  /** @param {number} subscription @param {import("./core/rounds.js").Action} action @param {import("./core/replica.js").Node} node */
  function tell(subscription, action, node) {
    try {
      subscribers.get(subscription)?.(action, node)
    } catch (error) {
      reportUncaught(error)
    }
  }

  /** What the core still holds back, until the task ends, is not safe either. */
  function storeStatus() {
    const status = store.status()
    if (status.state === "none") return status
    return { ...status, ...quota?.status(), pending: status.pending + replica.pendingBytes() }
  }

  function leave() {
    stays += 1
    pump.drainNow()
    store.suspend()
    tabs?.suspend()
    claim.suspend()
    rtc?.close().catch(reportUncaught)
    rtc = null
  }

  function comeBack() {
    claim.resume()
    tabs?.resume()
    store.resume()
    if (options.rtc) startRoom().catch((error) => notice(isWeftError(error) ? error.code : "INTERNAL", error.message, {}))
  }

  async function startRoom() {
    if (!options.rtc) return
    const stay = stays
    const { startRtc } = await import("./host/rtc.js")
    const started = await startRtc({ name, password: options.password, options: options.rtc, locate, links, log })
    if (closing || stay !== stays) return started.close()
    rtc = started
    if (room) room.attach(started.room)
    else room = createStandingRoom(started.room)
  }

  /** Hidden may be the last that is heard of a page. */
  function save() {
    pump.drainNow()
    store.hide()
  }

  async function start() {
    for (const middleware of options.middleware) judges.use(middleware)
    await store.open()
    if (storage.kind !== "memory") quota?.begin()
    tabs?.on("version", (theirs) => notice("UNSUPPORTED_VERSION", `another tab has this database open with another version of weft (it speaks protocol ${theirs}, this one ${PROTOCOL}): the two do not see each other's changes, and only one of them saves; reload the older one`, { protocol: String(theirs) }))
    if (tabs) tabLinks = linkTabs({ tabs, links, rtc: options.rtc !== null, log })
    uniteLeftover().catch((error) => notice(isWeftError(error) ? error.code : "INTERNAL", `what was left in localStorage could not be taken in: ${error.message}`, {}))
    await startRoom()
    lifecycle.on("hide", save)
    lifecycle.on("leave", leave)
    lifecycle.on("return", comeBack)
  }

  /** What was written to localStorage while the better store could not be opened. */
  async function uniteLeftover() {
    const { state } = store.status()
    if (options.storage !== undefined || state !== "owner" || storage.kind === "localstorage") return
    await takeInLeftover({ name, vault, core: { locate, now, options: { ...options.core, ...platform.core } }, async unite(bytes) {
      await transfer.import(bytes)
      await flush()
    } })
  }

  async function flush() {
    pump.drainNow()
    await store.flush()
  }

  /** @param {() => Promise<void>} endStore */
  async function end(endStore) {
    lifecycle.close()
    try {
      pump.drainNow()
      await rtc?.close().catch(reportUncaught)
      pump.drainNow()
      await endStore()
    } finally {
      await claim.close()
      passwordChange.close()
      tabLinks?.close()
      tabs?.close()
      alarm.close()
      pump.close()
      guarded.close()
      replica.close()
      waits.close()
      subscribers.clear()
      events.clear()
    }
  }

  try {
    await start()
  } catch (error) {
    await end(() => store.close()).catch(() => {}) // what stopped the start is what the caller hears
    throw error
  }

  return {
    replica,
    events,
    notices,
    storage,
    links,
    get selfId() { return rtc?.selfId },
    get room() { return room?.api },
    /** Whether `close` or `destroy` was called. */
    get closing() { return closing !== null },
    use: judges.use,
    /** Reads with a query that came from elsewhere, so that no pattern of it can hold the thread. */
    guarded: guarded.run,
    /** @param {number} subscription @param {Listener} listener */
    listen(subscription, listener) {
      subscribers.set(subscription, listener)
    },
    /** @param {number} subscription */
    unlisten(subscription) {
      if (subscribers.delete(subscription) && !replica.gone) replica.unsubscribe(subscription)
    },
    transfer,
    get storeFull() { return store.full },
    roomMade: () => store.roomMade(),
    flush,
    /** One flush for all that is written in this microtask. */
    flushTogether() {
      return flushing ??= Promise.resolve().then(() => { flushing = null; return flush() })
    },
    changePassword: passwordChange.change,
    status: () => ({
      storage: { kind: storage.kind, reason: storage.reason, encrypted: vault.seals && storage.kind !== "memory", ...storeStatus() },
      tabs: tabs ? tabs.status() : null,
      rtc: rtc ? rtc.status() : null,
      notices: [...notices],
    }),
    close() {
      closing ??= end(() => store.close())
      return closing
    },
    destroy() {
      closing ??= end(() => store.destroy())
      return closing
    },
  }
}

/** @param {string} name @returns {(level: "warn" | "debug", text: string) => void} */
function logTo(name) {
  return (level, text) => console[level](`[weft ${name}] ${text}`)
}
