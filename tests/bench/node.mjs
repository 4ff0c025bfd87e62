// The bench in Node, without a store: prints the rows of one size as JSON. Started by run.mjs.
import { readFile } from "node:fs/promises"
import { weft } from "../../dist/weft.js"
import { createReplica } from "../../js/core/index.js"
import { measure } from "./workload.js"

const [nodes, rounds] = process.argv.slice(2).map(Number)
/** @param {string} name */
const locate = (name) => readFile(new URL(`../../dist/${name}`, import.meta.url))
console.log(JSON.stringify(await measure({ weft, createReplica, locate, persists: false, nodes, rounds })))
