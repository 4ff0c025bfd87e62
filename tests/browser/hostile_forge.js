/**
 * A forge: genuine messages, made by letting real replicas talk, so that the hostile tests need not know a byte of the
 * formats.
 */
import { join, openBoth, until } from "../js/database/open.js"

/**
 * @typedef {object} Forge
 * @property {Uint8Array[]} said one replica's messages, of every type its talk came to
 * @property {Uint8Array} deflated one of them that is much longer inflated
 * @property {Uint8Array} world its graph as a file, which holds all that they carry
 * @property {Uint8Array[]} twins live messages of one stamp with different contents, the one that lasts at the end
 * @property {Uint8Array} lasting a file with the content that lasts
 * @property {() => Promise<void>} close
 */

/** @returns {Promise<Forge>} */
export async function createForge() {
  const closes = /** @type {(() => unknown)[]} */ ([])
  const t = /** @type {any} */ ({ after: (close) => closes.push(close) })
  const said = await talk(t)
  return { ...said, ...await forgeTwins(t), async close() { for (const close of closes) await close() } }
}

/** Two replicas meet again and again, each time with other things to tell. */
async function talk(t) {
  const said = /** @type {Uint8Array[]} */ ([])
  const [ours, theirs] = [await openBoth(t, { oplogSize: 4 }), await openBoth(t, { oplogSize: 4 })]
  listen(ours.host.links, said)
  const write = ({ db }, from, count) => db.batch((tx) => { for (let n = from; n < from + count; n++) tx.put({ n, text: "x".repeat(200) }, `n${n % 40}`) })
  const equal = () => until(() => ours.db.status().fingerprint === theirs.db.status().fingerprint, "the forge's replicas to be equal")
  const last = async () => { await ours.db.put(1, "ours"); await write(theirs, 200, 9) }
  for (const step of [
    () => write(ours, 0, 40),                                                         // a full state
    () => write(ours, 50, 1),                                                         // a delta
    async () => { await write(ours, 100, 9); await theirs.db.put(1, "theirs") },      // a reconciliation, ours the one ahead
    last,                                                                             // ... and theirs
  ]) {
    await step()
    const link = join(ours, theirs)
    await equal()
    await ours.db.put({ at: said.length }, "live")
    await equal()
    if (step !== last) link.part()
  }
  const before = said.length
  await ours.db.put({ text: "long ".repeat(20_000) }, "long")
  await until(() => said.length > before, "the long message")
  return { said, deflated: said[before], world: await ours.db.export() }
}

/** Keeps what is sent to peers. */
function listen(links, said) {
  const { open } = links
  links.open = (end) => open({ ...end, send: (bytes) => { said.push(bytes.slice()); return end.send(bytes) } })
}

/** Replicas with one id and one clock make one stamp, with other contents. */
async function forgeTwins(t) {
  const genuine = crypto.getRandomValues
  const made = []
  crypto.getRandomValues = (array) => array.fill(7)
  try {
    for (const content of ["a", "b", "c", "d"]) made.push({ content, ...await oneTwin(t, content) })
  } finally {
    crypto.getRandomValues = genuine
  }
  const judge = await openBoth(t)
  for (const { file } of made) await judge.db.import(file)
  const { result } = await judge.db.get("twin")
  const last = made.find(({ content }) => content === result.value.content)
  return { twins: [...made.filter((twin) => twin !== last), last].map(({ bytes }) => bytes), lasting: last.file }
}

async function oneTwin(t, content) {
  const { db, host } = await openBoth(t, {}, { now: () => 1_700_000_000_000 })
  const said = []
  listen(host.links, said)
  host.links.open({ id: "nobody", kind: "peer", send() {}, close() {} })
  await until(() => said.length > 0, "the first word")
  said.length = 0
  await db.put({ content }, "twin")
  await until(() => said.length > 0, "the live message")
  return { bytes: said[0], file: await db.export() }
}
