// A process of its own for signal.test.js: opens a signal on the relays it is given, closes it, and has nothing left to
// do. It must not call process.exit: ending by itself is what is tested.
import WebSocket from "ws"
import { createSignal } from "../../../js/signal/nostr.js"
import { locate, until } from "./helpers.js"

const relayUrls = JSON.parse(process.argv[2])
const signal = await createSignal({ appId: "room", relayUrls, WebSocket, locate })
signal.start()
await until(() => signal.status()[0].subscribed, "the first relay")
await signal.close()
console.log("closed")
