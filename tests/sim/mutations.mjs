/**
 * `npm run sim -- --mutations [word…]`: the core broken on purpose, one line at a time; each breakage must be caught
 * within 1,000 seeds. Words choose those whose name contains one.
 *
 * 1. A copy of the sources in build/mutants is patched, never src/ itself.
 * 2. A patch whose text does not occur exactly once is an error: the list follows the sources
 *    (tests/js/scripts/mutations.test.js looks at every run of `npm test`).
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Stop, mustRun, root, run } from "../../scripts/process.mjs"

const SEEDS = 1000

/** `name`: what goes wrong; `file` of src/; `find` becomes `put`. `test`: the one of test_core that catches what random runs hardly meet. */
export const mutations = [
  {
    name: "drop a tombstone when its node is created again",
    file: "graph/graph.cpp",
    find: "  live.insert(operation);\n  node.anchor();\n  refresh(node, created);",
    put: "  live.insert(operation);\n  if (operation.kind() != Kind::kPatch && node.tombstone) superseded.push_back(std::exchange(node.tombstone, Placed()));\n  node.anchor();\n  refresh(node, created);",
  },
  {
    name: "keep local on a tie",
    file: "log/operation.cpp",
    find: "if (of_a != of_b) return of_a < of_b;",
    put: "if (of_a != of_b) return of_a.clock < of_b.clock;",
  },
  {
    name: "forget the clear's stamp",
    file: "graph/graph.cpp",
    find: "  const Stamp clear = cleared_at();\n  return node",
    put: "  const Stamp clear = kNoStamp;\n  return node",
  },
  {
    name: "a remove leaves older links in force",
    file: "graph/graph.cpp",
    find: "if (operation.stamp() <= std::max(removed_at(source), removed_at(target))) return Applied::kKnown;",
    put: "if (operation.stamp() <= removed_at(source)) return Applied::kKnown;",
  },
  {
    name: "trust the watermark: no proof after a delta",
    file: "core/handshake.cpp",
    find: "const bool equal = claim() == delta.claim;",
    put: "const bool equal = true;",
  },
  {
    name: "trust the watermark: equal ones are in sync",
    file: "sync/planner.cpp",
    find: "if (theirs.claim == ours.claim) {",
    put: "if (theirs.claim == ours.claim || theirs.watermark == ours.watermark) {",
  },
  {
    name: "hydrate the current value under an old stamp",
    file: "core/handshake.cpp",
    find: "  session.mode = SyncMode::kDelta;\n  begin_sending(session, std::move(delta));",
    put: "  for (const OplogEntry& entry : oplog_.entries()) {\n    const Node* node = graph_.find(entry.id);\n    if (entry.stamp <= watermark || graph_.is_live(entry.stamp) || !node) continue;\n    Buffer value;\n    graph_.value(*node, value);\n    delta.operations.push_back(Operation::replace(entry.stamp, entry.id, value, kNoStamp));\n  }\n  session.mode = SyncMode::kDelta;\n  begin_sending(session, std::move(delta));",
  },
  {
    name: "skip proof after rest",
    file: "core/handshake.cpp",
    find: "if (session.dropped || session.state(now) != LinkState::kStale) continue;",
    put: "if (now.count + 1 > 0) continue;",
  },
  {
    name: "replay without the journal's last record",
    file: "core/journal.cpp",
    find: "for (const OperationRef& operation : journal.operations) ingest(operation, origin, true);",
    put: "for (size_t i = 0; i + 1 < journal.operations.size(); ++i) ingest(journal.operations[i], origin, true);",
  },
  {
    name: "a record of a group counts before the group is whole",
    file: "store/journal_reader.cpp",
    find: "  if (!open_) close_group();",
    put: "  close_group();",
  },
  {
    name: "what is written while a full state is built aside is lost",
    file: "core/ingest.cpp",
    find: "  if (aside_) aside_->meanwhile.push_back(operation);\n",
    put: "",
  },
  {
    name: "a torn full state in the journal is half applied",
    file: "store/journal_reader.cpp",
    test: "Aside.AJournalTornAnywhereHasAllOfItOrNothing",   // each half of it is a graph that could have been
    find: "open_ = (flags & kMoreFollows) != 0;",
    put: "open_ = (flags & kMoreFollows) != 0 && type != RecordType::kPacked;",
  },
  {
    name: "what a piece of a difference asks for is not answered",
    file: "core/sending.cpp",
    find: "if (!answer.operations.empty() && affords",
    put: "if (answer.operations.empty() && affords",
  },
  {
    name: "being replaced does not forget marks",
    file: "core/full_state.cpp",
    test: "Replacing.AFingerprintThatReturnsIsNoProof",   // it takes four peers and a verdict at the right moment
    find: "  outbox_.put(EffectKind::kReset, 0, {});\n  forget_marks();",
    put: "  outbox_.put(EffectKind::kReset, 0, {});",
  },
  {
    name: "being replaced is not remembered per link",
    file: "core/full_state.cpp",
    find: "    session.replaced = true;\n",
    put: "",
  },
  {
    name: "being replaced does not reset the journal",
    file: "core/full_state.cpp",
    find: "append_record(graph_.live_in_stamp_order(), true);",
    put: "append_record(graph_.live_in_stamp_order(), false);",
  },
  {
    name: "a full state always replaces",
    file: "core/full_state.cpp",
    find: "if (!options_.replace_full_state || full.in_place",
    put: "if (full.in_place",
  },
  {
    name: "the watermark moves before the batch is applied",
    file: "core/judging.cpp",
    find: "  ticket.message = std::move(message);\n",
    put: "  for (const OperationRef& operation : message.operations)\n    if (watermark_ < operation->stamp()) watermark_ = operation->stamp();\n  ticket.message = std::move(message);\n",
  },
  {
    name: "what came in a full state cannot be served onward: the floor is not raised",
    file: "core/ingest.cpp",
    find: "  else oplog_.raise_floor(stamp);\n",
    put: "",
  },
  {
    name: "forget the quarantine",
    file: "core/ingest.cpp",
    find: "if (quarantine_.hold(operation, origin) && may_report())",
    put: "if ((void)origin, may_report())",
  },
  {
    name: "what is released from quarantine is not written to the journal",
    file: "core/ingest.cpp",
    find: "held.origin.persisted = false;",
    put: "held.origin.persisted = true;",
  },
  {
    name: "relay, log and keep what is known already",
    file: "core/ingest.cpp",
    find: "if (!changed(applied)) return false;",
    put: "if (applied == Applied::kConflict) return false;",
  },
  {
    name: "the clock does not follow what is applied",
    file: "core/ingest.cpp",
    find: "  clock_.observe(stamp);\n",
    put: "",
  },
  {
    name: "the clock steps back with the wall",
    file: "clock/hybrid_clock.cpp",
    find: "last_ = wall > last_ ? wall : last_ + 1;",
    put: "last_ = wall;",
  },
  {
    name: "what a peer sent is not written to the journal",
    file: "core/origin.h",
    find: "return source != Source::kStore && !persisted;",
    put: "return source != Source::kStore && source != Source::kPeer && !persisted;",
  },
  {
    name: "settled is called proved",
    file: "core/handshake.cpp",
    find: "else if (still && !theirs.moved) set_mark(session, false);",
    put: "else if (still && !theirs.moved) set_mark(session, true);",
  },
  {
    name: "a sync that was lost counts as under way for ever",
    file: "sync/session.cpp",
    find: "return lost ? std::nullopt : claim_;",
    put: "return lost && false ? std::nullopt : claim_;",
  },
  {
    name: "what only the answering side holds is not applied",
    file: "core/full_state.cpp",
    find: "  ingest_all(back.operations, origin);\n",
    put: "  (void)origin;\n",
  },
  {
    name: "a verdict is asked for and not heeded",
    file: "core/judging.cpp",
    find: "  refused_operations_ += leave_only(ticket, fits ? keep : ByteView());\n",
    put: "  (void)fits;\n",
  },
  {
    name: "a verdict that never comes parks its link for ever",
    file: "core/judging.cpp",
    find: "if (wall_ms_ >= ticket.due_ms) expired.push_back(id);",
    put: "if (wall_ms_ >= ticket.due_ms && id == 0) expired.push_back(id);",
  },
]

/** How often the text that is to be replaced occurs; 1 is right. */
export function occurrences({ file, find }) {
  return readFileSync(join(root, "src", file), "utf8").split(find).length - 1
}

const copy = join(root, "build/mutants/tree")
const built = join(root, "build/mutants/built")

export async function runMutations(words) {
  const chosen = mutations.filter(({ name }) => words.length === 0 || words.some(word => name.includes(word)))
  if (chosen.length === 0) throw new Stop("No mutation has such a name.")
  const stale = mutations.filter(mutation => occurrences(mutation) !== 1)
  if (stale.length) throw new Stop(`The sources have moved on; these patches fit nowhere, or twice:\n  ${stale.map(({ name, file }) => `${name} (${file})`).join("\n  ")}`)
  await prepare()
  const lines = []
  for (const mutation of chosen) {
    const { caught, line } = await play(mutation)
    console.log(line)
    lines.push({ caught, line })
  }
  const survived = lines.filter(({ caught }) => !caught).length
  console.log(`mutations: ${lines.length - survived} caught, ${survived} survived`)
  return survived === 0 ? 0 : 1
}

async function prepare() {
  rmSync(copy, { recursive: true, force: true })
  mkdirSync(copy, { recursive: true })
  for (const part of ["src", "wasm", "tests/native", "tests/fuzz", "tests/sim", "tests/bench", "tests/interop", "CMakeLists.txt"])
    cpSync(join(root, part), join(copy, part), { recursive: true })
  const deps = process.env.DEPS_DIR ?? join(root, "build/deps")
  await mustRun("cmake", ["-S", copy, "-B", built, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", ...(process.env.WEFT_FETCH_DEPS ? ["-DWEFT_FETCH_DEPS=ON"] : [`-DDEPS_DIR=${deps}`])])
}

async function play(mutation) {
  const file = join(copy, "src", mutation.file)
  const whole = readFileSync(file, "utf8")
  writeFileSync(file, whole.replace(mutation.find, () => mutation.put))
  try {
    const compiled = await run("cmake", ["--build", built, "--target", mutation.test ? "test_core" : "sim"])
    if (compiled.code !== 0) return { caught: false, line: `DOES NOT COMPILE: ${mutation.name}\n${compiled.output}` }
    if (mutation.test) {
      const { code, output } = await run(join(built, "tests/native/test_core"), [`--gtest_filter=${mutation.test}`])
      const caught = code !== 0 && output.includes("1 FAILED TEST")
      return { caught, line: `${caught ? "caught" : "SURVIVED"} by the test ${mutation.test}: ${mutation.name}` }
    }
    const { output } = await run(join(built, "tests/sim/sim"), ["--seeds", String(SEEDS), "--quick"])
    const wrong = output.match(/^seed (\d+) FAILED: (.*)$/m)
    const line = wrong ? `caught at seed ${wrong[1]}: ${mutation.name}: ${wrong[2]}` : `SURVIVED ${SEEDS} seeds: ${mutation.name}`
    return { caught: Boolean(wrong), line }
  } finally {
    writeFileSync(file, whole)
  }
}
