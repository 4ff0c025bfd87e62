import * as api from "/dist/weft.js"
import { watchPage } from "./api-watch.js"

Object.assign(globalThis, { api, violations: watchPage(), ready: true })
