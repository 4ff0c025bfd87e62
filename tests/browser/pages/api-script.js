import { watchPage } from "./api-watch.js"

Object.assign(globalThis, { api: globalThis.weft, violations: watchPage(), ready: typeof globalThis.weft === "function" })
