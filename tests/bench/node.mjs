// The bench in Node, without a store: prints the rows of one size as JSON. Started by run.mjs.
//   node tests/bench/node.mjs database|queries|sync nodes rounds
import { readFile } from "node:fs/promises"
import { weft } from "../../dist/weft.js"
import { createReplica } from "../../js/core/index.js"
import { measure, measureEveryQuery, measureMeetings } from "./workload.js"

const [subject, ...numbers] = process.argv.slice(2)
const [nodes, rounds] = numbers.map(Number)
/** @param {string} name */
const locate = (name) => readFile(new URL(`../../dist/${name}`, import.meta.url))
const run = { database: measure, queries: measureEveryQuery, sync: measureMeetings }[subject] ?? measure
console.log(JSON.stringify(await run({ weft, createReplica, locate, persists: false, nodes, rounds })))
