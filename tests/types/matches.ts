/** The shim's own object has everything index.d.ts promises, in those types. Never run. */
import type { Database, Transaction } from "weftdb"
import type { createDatabase } from "../../js/database.js"
import type { Transaction as Recorded } from "../../js/database/batch.js"

export const database = (db: ReturnType<typeof createDatabase>): Omit<Database, "batch" | "room" | "use" | "get" | "map"> => db
export const transaction = (tx: Recorded): Transaction => tx
