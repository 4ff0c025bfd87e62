/**
 * Runs a program in a network namespace of its own, so that browsers, relays and peers under test can reach
 * nothing and be reached by nothing outside. As a plain user, or where namespaces are not allowed, it runs as it is.
 *
 * Besides `lo` the namespace has one end of a veth pair with an address and a default route that leads nowhere:
 * without an interface that looks like a network Firefox gathers no WebRTC candidates.
 */
import { findProgram, run, succeeds } from "./process.mjs"

const insideMark = "WEFT_ISOLATED"

const prepare = `set -e
ip link set lo up
ip link add weft0 type veth peer name weft1
for end in weft0 weft1; do ip link set $end addrgenmode none 2>/dev/null || true; done
ip addr add 10.99.0.1/24 dev weft0
ip link set weft0 up
ip link set weft1 up
ip route add default via 10.99.0.254 dev weft0
# A browser drops every request when the network changes under it, so nothing starts before it has settled.
tries=0
until ip link show weft0 | grep -q "state UP" && [ -z "$(ip -6 addr show tentative)" ]; do
  tries=$((tries + 1))
  if [ $tries -gt 100 ]; then echo "The test network did not settle within 10 s." >&2; exit 1; fi
  sleep 0.1
done
exec "$@"`

/** True when `runIsolated` will make a namespace here. */
export function canIsolate() {
  return process.platform === "linux" && process.getuid?.() === 0 && Boolean(findProgram("ip")) &&
    Boolean(findProgram("unshare")) && succeeds("unshare", ["-n", "true"])
}

/** Like `run`, isolated when possible. A program that is already inside stays in the same namespace. */
export function runIsolated(command, args, options = {}) {
  if (process.env[insideMark] || !canIsolate()) return run(command, args, options)
  return run("unshare", ["-n", "sh", "-c", prepare, "sh", command, ...args], { ...options, env: { ...options.env, [insideMark]: "1" } })
}
