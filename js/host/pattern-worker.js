/**
 * A worker that runs regular expressions, so that one that does not end can be ended: `^(a+)+$` over thirty letters
 * holds a thread for minutes, and JavaScript cannot stop itself.
 *
 * Invariants
 * 1. One question at a time; each has a deadline, and missing it ends the worker.
 * 2. The program is a text of this file: no further file to find, and it works from another origin's address. A page
 *    whose policy forbids `worker-src blob:` gets an error, never a run on its own thread.
 */
import { WeftError } from "../errors.js"

/** How long a worker may take to begin. */
const START_MS = 10_000

const PROGRAM = `
const answer = ({ source, flags, texts }) => {
  const regexp = new RegExp(source, flags)
  return Uint8Array.from(texts, (text) => {
    regexp.lastIndex = 0
    return regexp.test(text) ? 1 : 0
  })
}
const reply = (question) => {
  try { return { answers: answer(question) } } catch (error) { return { error: String(error) } }
}`

/**
 * @typedef {{ source: string, flags: string, texts: string[] }} Question
 * @typedef {Awaited<ReturnType<typeof startPatternWorker>>} PatternWorker
 * @typedef {{ post: (message: unknown) => void, end: () => void }} Thread
 * @typedef {{ message: (data: any) => void, failed: (error: unknown) => void }} Hears
 */

export async function startPatternWorker() {
  /** @type {{ resolve: (data: any) => void, reject: (error: unknown) => void } | null} */
  let waiting = null
  const thread = await open({
    message: (data) => waiting?.resolve(data),
    failed: (error) => waiting?.reject(new WeftError("INTERNAL", `the worker for regular expressions failed: ${String(error)}`, { cause: error })),
  })

  /** @param {number} limitMs @returns {Promise<any>} the next message, or undefined when it does not come in time */
  function next(limitMs) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(resolve)(undefined), limitMs)
      /** @param {(value: any) => void} tell @returns {(value: any) => void} */
      const settle = (tell) => (value) => {
        clearTimeout(timer)
        waiting = null
        tell(value)
      }
      waiting = { resolve: settle(resolve), reject: settle(reject) }
    })
  }

  try {
    if (await next(START_MS) !== "ready") throw new WeftError("TIMEOUT", "the worker for regular expressions did not start")
  } catch (error) {
    thread.end()
    throw error
  }

  return {
    /**
     * @param {Question} question @param {number} limitMs
     * @returns {Promise<{ answers?: Uint8Array, error?: string } | undefined>} undefined: it took too long, and the worker is gone
     */
    async ask(question, limitMs) {
      thread.post(question)
      const reply = await next(limitMs)
      if (reply === undefined) thread.end()
      return reply
    },
    close: thread.end,
  }
}

/** @param {Hears} hears @returns {Promise<Thread>} */
async function open(hears) {
  return typeof globalThis.Worker === "function" ? openWeb(hears) : openNode(hears)
}

/** @param {Hears} hears @returns {Thread} */
function openWeb(hears) {
  const address = URL.createObjectURL(new Blob([`${PROGRAM}
    onmessage = ({ data }) => postMessage(reply(data))
    postMessage("ready")`], { type: "text/javascript" }))
  const worker = new Worker(address)
  worker.onmessage = ({ data }) => hears.message(data)
  worker.onerror = (event) => hears.failed(event.message)
  return {
    post: (message) => worker.postMessage(message),
    end() {
      worker.terminate()
      URL.revokeObjectURL(address)
    },
  }
}

/** @param {Hears} hears @returns {Promise<Thread>} */
async function openNode(hears) {
  const { Worker } = await import("node:worker_threads")
  const worker = new Worker(`${PROGRAM}
    const { parentPort } = require("node:worker_threads")
    parentPort.on("message", (question) => parentPort.postMessage(reply(question)))
    parentPort.postMessage("ready")`, { eval: true })
  worker.on("message", hears.message)
  worker.on("error", hears.failed)
  worker.unref()
  return { post: (message) => worker.postMessage(message), end: () => { worker.terminate() } }
}
