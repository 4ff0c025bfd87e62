import assert from "node:assert/strict"
import { test } from "node:test"

import { createStandingRoom } from "../../../js/host/standing-room.js"
import { createEmitter } from "../../../js/util/emitter.js"

/** A room that only remembers. @param {string} selfId */
function fakeRoom(selfId) {
  const events = createEmitter()
  const sent = []
  const channels = new Map()
  return {
    selfId, events, sent, channels,
    on: events.on, off: events.off,
    channel(name) {
      if (!channels.has(name)) {
        const heard = createEmitter()
        channels.set(name, { name, heard, on: heard.on, off: heard.off, send: async (data) => { sent.push([name, data]) } })
      }
      return channels.get(name)
    },
    getPeers: () => ({ [selfId]: true }),
  }
}

test("listeners and channels hold for the room that follows, and what was taken back does not", async () => {
  const [first, second] = [fakeRoom("one"), fakeRoom("two")]
  const { api: room, attach } = createStandingRoom(/** @type {any} */ (first))
  const seen = []
  const stay = (id) => { seen.push(`stay ${id}`) }
  const go = (id) => { seen.push(`go ${id}`) }
  room.on("peer:join", stay)
  room.on("peer:join", go)
  const off = room.on("peer:leave", go)
  const chat = room.channel("chat")
  chat.on("message", (data) => { seen.push(data) })
  assert.equal(room.channel("chat"), chat)
  first.events.emit("peer:join", "a")
  first.channels.get("chat").heard.emit("message", "hi")
  room.off("peer:join", go)
  off()

  attach(/** @type {any} */ (second))
  assert.equal(room.selfId, "two")
  assert.deepEqual(room.getPeers(), { two: true })
  second.events.emit("peer:join", "b")
  second.events.emit("peer:leave", "b")
  second.channels.get("chat").heard.emit("message", "again")
  await chat.send("out")
  assert.deepEqual(seen, ["stay a", "go a", "hi", "stay b", "again"])
  assert.deepEqual(second.sent, [["chat", "out"]])
  assert.deepEqual(first.sent, [])
})
