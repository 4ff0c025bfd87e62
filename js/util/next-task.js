/**
 * The next task: everything else that waits has its turn before, a page's events and frames too. Timers would be held
 * back in a hidden page, messages are not.
 *
 * @returns {Promise<void>}
 */
export function nextTask() {
  const immediate = /** @type {{ setImmediate?: (f: () => void) => unknown }} */ (globalThis).setImmediate
  if (typeof immediate === "function") return new Promise((resolve) => void immediate(resolve))
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}
