/**
 * What hostile peers write into their data channels. Each attack has waves, each of which is the work of a peer of its
 * own; a wave gives frames until it ends or the other side has closed.
 */
import { deflateSync } from "node:zlib"
import { FrameKind, controlFrame, split } from "../../js/rtc/frames.js"

const FRAME_BYTES = 65_536
const FOUR_GIGABYTES = [255, 255, 255, 255]
/** MessagePack heads that promise far more than follows. */
const HUGE = [[0xdd], [0xdf], [0xc6], [0x91, 0xdd], [0x92, 1, 0xc6], [0x93, 1, 0xdd]].map((head) => [...head, ...FOUR_GIGABYTES])

/** @typedef {import("./hostile_forge.js").Forge} Forge */

/** @type {Record<string, (forge: Forge) => Iterable<Uint8Array>[]>} */
export const attacks = {
  "random frames": () => [1, 2, 3].map((seed) => forever(randomBy(seed), (next) => [bytesOf(next, 1 + next(2000))])),

  "random messages": () => [4, 5].map((seed) => forever(randomBy(seed), (next) => [Uint8Array.from([FrameKind.WHOLE, ...bytesOf(next, next(2000))])])),

  "genuine messages cut short": ({ said }) => [6, 7].map((seed) => forever(randomBy(seed), (next) => {
    const message = said[next(said.length)]
    return whole(message.subarray(0, next(message.length)))
  })),

  // Only of one with a checksum: elsewhere a flip can make another valid operation, which is believed.
  "a genuine message with flipped bytes": ({ deflated }) => [8, 9].map((seed) => forever(randomBy(seed), (next) => {
    const message = deflated.slice()
    message[next(message.length)] ^= 1 + next(255)
    return whole(message)
  })),

  "genuine messages in any order, over and over": ({ said }) => [forever(randomBy(10), (next) => whole(said[next(said.length)]))],

  "lengths of four gigabytes in a message": ({ said }) => HUGE.map((payload) => whole(under(shortest(said), payload))),

  "the length of a message of four gigabytes": () => [[Uint8Array.from([FrameKind.FIRST, ...FOUR_GIGABYTES, 1, 2, 3])]],

  "a deflate bomb": ({ deflated }) => [whole(under(deflated, deflateSync(Buffer.alloc(2 ** 27), { level: 9 })))],

  "parts that do not belong together": () => [
    [Uint8Array.of(FrameKind.FIRST, 0, 0, 1, 0, 1, 2), Uint8Array.of(FrameKind.FIRST, 0, 0, 1, 0, 1, 2)],
    [Uint8Array.of(FrameKind.MORE, 1)],
    [Uint8Array.of(FrameKind.FIRST, 10, 0, 0, 0, 1), ...Array.from({ length: 10 }, () => Uint8Array.of(FrameKind.MORE, 1, 2, 3))],
  ],

  "parts of one byte without end": () => [endless(Uint8Array.of(FrameKind.FIRST, 0, 0, 0, 4, 1), Uint8Array.of(FrameKind.MORE, 1))],

  "parts of garbage, as large as may be": () => [repeated(() => split(new Uint8Array(60 * 1024 * 1024).fill(1), FRAME_BYTES))],

  "one stamp with other contents, over and over": ({ twins }) => [repeated((n) => whole(twins[n % twins.length]))],

  "a million tiny messages, each of them fine": ({ twins }) => [endless(...whole(twins[twins.length - 1]))],

  "the shortest message there is, over and over": ({ said }) => [endless(...whole(shortest(said)))],

  "pings without end": () => [repeated((n) => [controlFrame(FrameKind.PING, n)])],

  "a message that never ends": () => [[Uint8Array.of(FrameKind.FIRST, 0, 0, 0, 2, 1, 2, 3), Uint8Array.of(FrameKind.MORE, ...Array(1000).fill(1))]],
}

/** What nobody is let go for. */
export const harmless = new Set(["a message that never ends"])

/** @param {number} seed @returns {(below: number) => number} */
function randomBy(seed) {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 8) % below
  }
}

function* repeated(make) {
  for (let n = 0; ; n++) yield* make(n)
}
const forever = (next, make) => repeated(() => make(next))
function* endless(...frames) {
  for (const frame of frames) yield frame
  for (;;) yield frames[frames.length - 1]
}
const bytesOf = (next, count) => Array.from({ length: count }, () => next(256))
const whole = (message) => [...split(message, FRAME_BYTES)].map((frame) => frame.slice())
/** The head of a genuine message over another payload. */
const under = (message, payload) => Uint8Array.from([...message.subarray(0, 3), ...payload])
const shortest = (said) => said.reduce((a, b) => (b.length < a.length ? b : a))
