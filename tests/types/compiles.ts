/** What people write must compile, and give the types they expect. Never run. */
import { ERROR_CODES, WeftError, gdb, isWeftError, weft } from "weftdb"
import type { Database, Input, Link, MapEvent, Middleware, Node, Operation, Room, SyncStatus, Value, WeftOptions } from "weftdb"

interface Person { name: string, age?: number, tags: string[], born: Date, home: { city: string } | null }
class Money { constructor(readonly amount: number) {} toJSON() { return { amount: this.amount } } }
declare function is<T>(value: T): void

const options: WeftOptions = {
  rtc: { relayUrls: ["wss://relay.example"], iceServers: [{ urls: "stun:stun.example" }], turnConfig: [{ urls: "turn:t", username: "u", credential: "c" }] },
  password: "secret", middleware: [async (operations) => operations], oplogSize: 5, saveDelay: 0, durability: "strict", storage: "memory",
  merge: "node", fullState: "replace", reconcile: false, maxDrift: 1, compressAbove: 1, proveAfter: 1, tabs: false, debug: true,
}

export async function use(): Promise<void> {
  const db: Database = await weft("name", options)
  is<Database>(await gdb("name"))
  await weft("name", { rtc: true })

  // values
  const person: Person = { name: "Ada", tags: [], born: new Date(), home: null }
  is<string>(await db.put(person))
  is<string>(await db.put(person, "ada"))
  is<string>(await db.put({ any: ["thing", 1n, new Uint8Array(1), { deep: undefined }] }, { id: "hash" }))
  for (const value of [null, true, 1, "x", 1n, new Date(), new Uint8Array(1), [1, [2]], {}] as Input[]) await db.put(value)
  await db.put(new Money(5))
  await db.put({ price: new Money(5) })
  await db.put({} as Value)
  await db.put(JSON.parse("{}") as any)
  const readOnly: readonly string[] = ["a"]
  await db.put(readOnly)

  // reading
  const { result } = await db.get<Person>("ada")
  if (result) {
    is<string>(result.value.name)
    is<string[]>(result.edges)
    is<number>(result.timestamp.physical)
  }
  const live = await db.get<Person>("ada", (node) => { if (node) is<Date>(node.value.born) })
  live.unsubscribe()

  // links
  is<boolean>(await db.link("a", "b"))
  is<boolean>(await db.link("a", "b", { label: "knows", value: { since: 1 } }))
  is<boolean>(await db.unlink("a", "b", { label: "knows" }))
  is<Link<{ since: number }>[]>(await db.links<{ since: number }>("a", { direction: "any", label: "knows" }))
  is<boolean>(await db.remove("a"))
  await db.clear()

  // queries
  is<Node<Person>[]>((await db.map<Person>()).results)
  await db.map({ query: { name: "Ada", "home.city": { $in: ["London"] }, age: { $gte: 18, $lt: 99 }, tags: ["a", "b"] } })
  await db.map({ query: { $or: [{ name: "Ada" }, { $and: [{ age: 5 }, { born: { $lt: new Date() } }] }], $nor: [{ id: "x" }], $not: { age: 5 } } })
  await db.map({ query: { name: { $not: { $startsWith: "A" } }, big: 5n, key: new Uint8Array(1), home: { city: "London" }, list: { $elemMatch: { a: 1 } } } })
  await db.map({ query: { name: /^a/i, bio: { $regex: "x", $flags: "i" }, at: { $near: { latitude: 1, longitude: 2, radius: 3 } }, $text: "words" } })
  await db.map({ query: { at: { $bbox: { minLat: 1, maxLat: 2, minLng: 3, maxLng: 4 } } }, field: "at", $near: { latitude: 1, longitude: 2 }, $select: ["name"] })
  is<number>((await db.map({ query: {}, $count: true })).count)
  await db.map({ field: "age", order: "desc", $limit: 10, $skip: 2, $after: "x", $before: "y" })
  const callback = (event: MapEvent<Person>) => { is<"initial" | "added" | "updated" | "removed">(event.action) }
  for (const found of [
    await db.map<Person>(callback), await db.map<Person>(callback, { query: {} }), await db.map<Person>({ query: {} }, callback),
    await db.map<Person>({ query: {} }, { field: "age" }, callback), await db.map<Person>({ query: {}, realtime: false }, callback, { $limit: 1 }),
  ]) found.unsubscribe()
  await db.map({ query: { name: "x" } }, ({ id, value, edges, action }) => { is<string>(id); is<string[]>(edges); void value; void action })

  // units
  is<string>(await db.batch((tx) => {
    const id = tx.put(person)
    tx.link(id, "b", { label: "x", value: 1 })
    tx.unlink(id, "b")
    tx.remove("c")
    tx.clear()
    return tx.put({ a: 1 }, { id: "hash" })
  }))
  await db.batch((tx) => { tx.put(1) })

  // judges
  const judge: Middleware = (operations, previous, { mode }) => {
    is<Node | undefined>(previous.get("x"))
    return mode === "live" ? operations.filter((operation) => operation.type !== "upsert" || operation.value.ok) : operations
  }
  const off = db.use(judge)
  off()
  db.use(() => {})
  db.use(async (operations: Operation[]) => operations.filter(({ type }) => type === "link"))

  // the rest
  await db.flush()
  await db.import(await db.export())
  await db.import(await db.export({ onProgress: ({ done, total }) => { is<number>(done / total) } }), { onProgress: () => {} })
  is<number>(await db.restore(await db.export()))
  const status = db.status()
  if (status.open) { is<number>(status.nodes); is<string | null>(status.fingerprint); is<number>(status.storage.pending) }
  is<SyncStatus>(db.sync.status())
  db.sync.on("change", ({ peers }) => { is<string | undefined>(peers[0]?.mode) })()
  is<Room | undefined>(db.room)
  is<string | undefined>(db.selfId)
  if (db.room) {
    db.room.on("peer:join", (id) => { is<string>(id) })()
    db.room.on("peer:leave", (id, { code, message }) => { is<string>(id + code + message) })
    const channel = db.room.channel("chat")
    await channel.send({ text: "hi" }, ["peer"], { kind: 1 }, (fraction, id) => { is<number>(fraction); is<string>(id) })
    channel.on("message", (data, id, meta) => { void data; is<string>(id); void meta })
    is<number>(await db.room.ping("peer"))
    is<RTCPeerConnection>(db.room.getPeers()["peer"])
    await db.room.leave()
  }
  await db.close()
  await db.destroy()
  try {
    await db.scrub("x")
  } catch (error) {
    if (error instanceof WeftError) is<string | undefined>(error.path)
    if (isWeftError(error, "CLOSED")) is<typeof ERROR_CODES[number]>(error.code)
  }
}
