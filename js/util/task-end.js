/**
 * Calls back once the present task has ended: behind all microtasks, before the next timer.
 *
 * Invariant: after `close` nothing is called, and nothing keeps a page or process alive.
 *
 * @param {() => void} callback
 */
export function createTaskEnd(callback) {
  let waiting = false
  let closed = false

  function end() {
    waiting = false
    if (!closed) callback()
  }
  const after = scheduler(end)

  return {
    schedule() {
      if (waiting || closed) return
      waiting = true
      after.post()
    },
    close() {
      closed = true
      after.close()
    },
  }
}

/** @param {() => void} end */
function scheduler(end) {
  const immediate = /** @type {{ setImmediate?: (f: () => void) => unknown }} */ (globalThis).setImmediate
  // In Node a message port would keep the process alive.
  if (typeof immediate === "function") return { post: () => void immediate(end), close() {} }
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = end
  return {
    post: () => port2.postMessage(null),
    close: () => port1.close(),
  }
}
