// The package as users have it, in several tabs of one browser.
import { weft } from "/dist/weft.js"

Object.assign(globalThis, { weft, ready: true })
