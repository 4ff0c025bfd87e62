/** What cannot work must not compile. Never run. */
import { weft } from "weftdb"
import type { Database } from "weftdb"

declare const db: Database

export async function refused(): Promise<void> {
  // @ts-expect-error a database has a name
  await weft()
  // @ts-expect-error the name is a string
  await weft(5)
  // @ts-expect-error not an option
  await weft("n", { rtx: true })
  // @ts-expect-error one of two words
  await weft("n", { durability: "none" })
  // @ts-expect-error relay addresses are an array
  await weft("n", { rtc: { relayUrls: "wss://relay.example" } })
  // @ts-expect-error not one of the stores
  await weft("n", { storage: "disk" })
  // @ts-expect-error fields are an array
  await weft("n", { indexes: "name" })

  // @ts-expect-error undefined is not a value
  await db.put(undefined)
  // @ts-expect-error a function is not a value
  await db.put(() => 1)
  // @ts-expect-error nor inside one
  await db.put({ a: { f() {} } })
  // @ts-expect-error a symbol is not a value
  await db.put(Symbol("s"))
  // @ts-expect-error a Map is not a value
  await db.put({ a: new Map([["x", 1]]) })
  // @ts-expect-error a Set is not a value
  await db.put(new Set([1]))
  // @ts-expect-error only Uint8Array
  await db.put(new Float32Array(1))
  // @ts-expect-error only Uint8Array
  await db.put({ a: new ArrayBuffer(1) })
  // @ts-expect-error a promise is not a value
  await db.put(Promise.resolve(1))
  // @ts-expect-error ids are strings
  await db.put(1, 5)
  // @ts-expect-error there is only "hash"
  await db.put(1, { id: "md5" })

  // @ts-expect-error ids are strings
  await db.get(5)
  // @ts-expect-error without a callback there is nothing to end
  void (await db.get("n")).unsubscribe
  // @ts-expect-error may be null
  void (await db.get("n")).result.value
  // @ts-expect-error two ends
  await db.link("a")
  // @ts-expect-error not an option
  await db.link("a", "b", { lable: "x" })
  // @ts-expect-error labels are strings
  await db.unlink("a", "b", { label: 5 })
  // @ts-expect-error three directions
  await db.links("a", { direction: "up" })

  // @ts-expect-error an unknown operator
  await db.map({ query: { age: { $gtt: 5 } } })
  // @ts-expect-error a pattern is no literal of a list
  await db.map({ query: { name: { $in: [/a/] } } })
  // @ts-expect-error a radius belongs to the query
  await db.map({ field: "at", $near: { latitude: 1, longitude: 1, radius: 1 } })
  // @ts-expect-error not an option
  await db.map({ where: { age: 5 } })
  // @ts-expect-error one of two words
  await db.map({ field: "a", order: "up" })
  // @ts-expect-error two bounds
  await db.map({ query: { age: { $between: [1] } } })
  // @ts-expect-error one callback
  await db.map(() => {}, () => {})
  // @ts-expect-error without a callback there is nothing to end
  void (await db.map({})).unsubscribe

  // @ts-expect-error a batch is synchronous
  await db.batch(async (tx) => { tx.put(1) })
  // @ts-expect-error a transaction does not read
  await db.batch((tx) => { tx.get("n") })
  // @ts-expect-error a middleware returns operations
  db.use(() => true)
  // @ts-expect-error bytes
  await db.import("text")
  // @ts-expect-error there is only "change"
  db.sync.on("changed", () => {})
  // @ts-expect-error may be closed
  void db.status().nodes
  // @ts-expect-error without rtc there is no room
  void db.room.channel
  if (db.room) {
    // @ts-expect-error no such event
    db.room.on("peer:joined", () => {})
    // @ts-expect-error names are strings
    db.room.channel(5)
  }
}
