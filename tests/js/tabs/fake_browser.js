/**
 * What the tabs of one browser share, in one process: Web Locks and BroadcastChannel as their specifications have them
 * (queues, shared and exclusive, stealing, order per sender, structured clones), and tabs that can crash and freeze. Used in Node; the same
 * modules run against the real things in tests/browser/tabs.spec.js.
 */

/** @typedef {{ name: string, mode: string, tab: any, grant: () => void, refuse: (error: Error) => void }} LockRequest */

/** @param {{ messageDelayMs?: number }} [options] messages that take longer than locks */
export function createFakeBrowser({ messageDelayMs = 0 } = {}) {
  /** @param {() => void} arrive */
  const carry = (arrive) => messageDelayMs > 0 ? setTimeout(arrive, messageDelayMs) : setImmediate(arrive)

  /** @type {Map<string, { held: LockRequest[], queue: LockRequest[] }>} */
  const locks = new Map()
  /** @type {Set<FakeChannel>} */
  const channels = new Set()
  let pages = 0

  /** @param {string} name */
  function entry(name) {
    const found = locks.get(name) ?? { held: [], queue: [] }
    locks.set(name, found)
    return found
  }

  /** @param {string} name */
  function grantNext(name) {
    const { held, queue } = entry(name)
    while (queue.length > 0 && fits(held, queue[0])) {
      const next = /** @type {LockRequest} */ (queue.shift())
      held.push(next)
      next.grant()
    }
    if (held.length === 0 && queue.length === 0) locks.delete(name)
  }

  /** @param {LockRequest[]} held @param {LockRequest} request */
  const fits = (held, request) => held.length === 0 || (request.mode === "shared" && held.every(({ mode }) => mode === "shared"))

  class FakeChannel {
    /** @type {((event: { data: unknown }) => void) | null} */
    onmessage = null
    onmessageerror = null
    open = true
    /** @param {string} name @param {any} tab */
    constructor(name, tab) {
      this.name = name
      this.tab = tab
      channels.add(this)
    }
    /** @param {unknown} data */
    postMessage(data) {
      if (/** @type {any} */ (this.tab).alive === false) return
      if (this.tab.frozen) return this.tab.happens(() => this.postMessage(data))
      if (!this.open) throw new DOMException("closed", "InvalidStateError")
      for (const other of channels) {
        if (other === this || other.name !== this.name) continue
        const copy = structuredClone(data)
        const arrive = () => { if (other.open) other.onmessage?.({ data: copy }) }
        carry(() => other.tab.happens ? other.tab.happens(arrive) : arrive())
      }
    }
    close() {
      this.open = false
      channels.delete(this)
    }
  }

  return {
    /** A tab: its own view of the locks and channels, and `crash`, which ends it without a word. */
    openTab() {
      const tab = { alive: true, frozen: false, clientId: `page ${++pages}` }
      /** What happens to a frozen tab waits. @type {(() => void)[]} */
      const backlog = []
      Object.assign(tab, { happens: (/** @type {() => void} */ what) => tab.frozen ? backlog.push(what) : what() })

      /** @param {string} name @param {any} options @param {any} callback */
      function request(name, options, callback = options) {
        const { mode = "exclusive", ifAvailable = false, steal = false, signal = null } = typeof options === "object" ? options : {}
        return new Promise((resolve, reject) => {
          if (!tab.alive) return
          if (signal?.aborted) return reject(signal.reason)
          const lock = entry(name)
          /** @type {LockRequest} */
          const mine = {
            name, mode, tab,
            grant: () => setImmediate(() => tab.happens(async () => {
              if (!tab.alive) return
              const end = () => { lock.held = lock.held.filter((other) => other !== mine); entry(name).held = lock.held; grantNext(name) }
              try { const result = await callback({ name, mode }); end(); resolve(result) } catch (error) { end(); reject(error) }
            })),
            refuse: (error) => setImmediate(() => tab.happens(() => reject(error))),
          }
          if (steal) {
            for (const { refuse } of lock.held.splice(0)) refuse(new DOMException("stolen", "AbortError"))
            lock.queue.unshift(mine)
            return grantNext(name)
          }
          if (ifAvailable && !(lock.queue.length === 0 && fits(lock.held, mine))) {
            setImmediate(async () => { try { resolve(await callback(null)) } catch (error) { reject(error) } })
            return
          }
          signal?.addEventListener("abort", () => {
            if (!lock.queue.includes(mine)) return
            lock.queue.splice(lock.queue.indexOf(mine), 1)
            grantNext(name)
            reject(signal.reason)
          })
          lock.queue.push(mine)
          grantNext(name)
        })
      }

      return {
        locks: /** @type {LockManager} */ (/** @type {unknown} */ ({
          request,
          query: async () => ({ held: [...locks].flatMap(([name, { held }]) => held.map(({ mode, tab: { clientId } }) => ({ name, mode, clientId }))) }),
        })),
        /** Nothing reaches it until it thaws. Its timers run: a test lets it do nothing meanwhile. */
        freeze() { tab.frozen = true },
        thaw() {
          tab.frozen = false
          for (const what of backlog.splice(0)) what()
        },
        BroadcastChannel: /** @type {typeof globalThis.BroadcastChannel} */ (/** @type {unknown} */ (class extends FakeChannel {
          /** @param {string} name */
          constructor(name) { super(name, tab) }
        })),
        crash() {
          tab.alive = false
          for (const channel of [...channels]) if (channel.tab === tab) channel.close()
          for (const [name, lock] of [...locks]) {
            lock.held = lock.held.filter((held) => held.tab !== tab)
            lock.queue = lock.queue.filter((waiting) => waiting.tab !== tab)
            grantNext(name)
          }
        },
      }
    },
    /** What is left behind. */
    leftovers: () => ({
      locks: [...locks.keys()],
      waiting: [...locks.values()].reduce((sum, { queue }) => sum + queue.length, 0),
      channels: channels.size,
    }),
    /** @param {string} name @param {unknown} data */
    postForeign(name, data) {
      const channel = new FakeChannel(name, {})
      channel.postMessage(data)
      channel.close()
    },
  }
}

/**
 * Waits for a condition; fails after the limit and says which.
 * @param {() => unknown} condition
 * @param {string} what
 * @param {number} [limitMs]
 */
export async function until(condition, what, limitMs = 3000) {
  const end = performance.now() + limitMs
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
