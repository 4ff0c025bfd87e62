/**
 * Watches over the owner of the store while something here waits for it. A page that the system stopped, or whose thread
 * is held, keeps its lock for as long as that lasts, and answers nobody; so one that has heard nothing for a while asks
 * "alive?", and takes the lock when that stays unanswered too.
 *
 * Being wrong costs time, never data: the one that was passed over hears of it before anything else, follows, and asks the
 * new owner for what it had under way.
 *
 * Invariants
 * 1. No timer runs while nothing waits, and none after `close`.
 * 2. Silence is counted in ticks of our own; one that comes late tells more of this machine (or of a hidden page, whose
 *    timers crawl) than of the owner, and counts little.
 * 3. One that has the lock and has not said yet that it owns the store reads it first, which may hold its thread: it is
 *    given twice the time of the one before, so that however long that takes somebody comes to the end of it.
 * 4. Nobody is passed over whom we cannot ask: one whose channel is not open yet, that speaks another protocol, or that
 *    is in our own page.
 */

const kTickMs = 80
/** Ticks of silence until the owner is asked, and until it is passed over. */
const kAskAfter = 2
const kPatience = 8
const kMostPatience = 256
const kLateTick = 0.25
/** Ticks that tabs are apart, so that one of them comes first. */
const kSpread = 4

/**
 * @param {object} options
 * @param {import("../tabs/tabs.js").Tabs} options.tabs
 * @param {import("./owner.js").Ownership} options.ownership
 * @param {() => boolean} options.isWaiting  we follow, and something of ours is not safe yet
 * @param {(level: "warn" | "debug", text: string) => void} options.log
 */
export function createVigil({ tabs, ownership, isWaiting, log }) {
  const place = Math.floor(Math.random() * kSpread)
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  let watching = false
  let closed = false
  /** In ticks. */
  let silence = 0
  let asked = false
  let dueAt = 0
  let patience = kPatience
  /** The page that has the lock, the tabs in it that can be asked, and how much of them was heard. */
  let page = /** @type {string | null} */ (null)
  let ids = /** @type {string[]} */ ([])
  let heard = 0

  const count = () => ids.reduce((sum, id) => sum + tabs.heard(id), 0)

  function watch() {
    if (watching || !isWaiting()) return
    watching = true
    heard = count()
    hush()
    schedule()
  }

  function schedule() {
    dueAt = performance.now() + kTickMs
    timer = setTimeout(tick, kTickMs)
  }

  /** The silence begins anew. */
  function hush() {
    silence = 0
    asked = false
  }

  async function tick() {
    await look().catch((error) => log("warn", `who has the lock on the store cannot be told: ${error}`))
    watching = !closed && isWaiting()
    if (watching) schedule()
  }

  async function look() {
    silence += performance.now() - dueAt < kTickMs ? 1 : kLateTick
    if (count() !== heard) {
      heard = count()
      hush()
    } else if (silence >= kAskAfter && !asked) await ask()
    else if (silence >= patience + place) await passOver()
  }

  async function ask() {
    asked = true
    const holder = await ownership.holder()
    const there = holder === null ? [] : await tabs.idsOf(holder)
    const owner = tabs.owner()
    if (owner !== null && there.includes(owner)) patience = kPatience
    else if (holder !== page) patience = Math.min(2 * patience, kMostPatience)
    page = holder
    ids = there.includes(tabs.id) ? [] : there
    heard = count()
    // Whatever it answers is heard. One that we do not know yet did not answer our greeting.
    for (const id of ids) tabs.askAlive(id)
  }

  async function passOver() {
    const holder = await ownership.holder()
    hush()
    if (ids.length === 0 || holder !== page || count() !== heard || closed || !isWaiting()) return
    log("warn", "the tab that owns the store answers nobody: this one takes it over")
    patience = Math.min(2 * patience, kMostPatience)
    ownership.seize()
    for (const id of ids) tabs.giveUp(id)
  }

  return {
    watch,
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}
