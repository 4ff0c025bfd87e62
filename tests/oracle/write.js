/**
 * Random writes over a small world, so that conditions meet what is there: few ids, few fields, values of every type
 * with many ties.
 *
 * @typedef {import("./random.js").Random} Random
 * @typedef {["put", string, any] | ["remove", string] | ["link", string, string, string] | ["unlink", string, string, string] | ["clear"] | ["index", string]} Write
 */

export const IDS = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "longer-than-eight-1", "longer-than-eight-2", "é", "😀", "ab", "B"]
const FIELDS = ["x", "x", "y", "y", "z", "at", "id", "timestamp", "value", "latitude", "longitude"]
const NAMES = ["x", "y", "id", "timestamp", "0"]
/** That an index may be asked for; it changes nothing that is found. */
export const INDEXED = ["x", "x", "y", "at", "at", "x.x", "y.0", "latitude", "z", "value.id"]
export const LABELS = ["", "likes", "knows"]

export const TEXTS = ["", "a", "ab", "b", "é", "e\u0301", "É", "Ab", "a b", "José Ñandú", "jose, nandu!", "GROSSE", "große Straße", "ΟΔΟΣ", "οδός", "İstanbul", "ﬁn", "snake_case", "C++",
  "a.b", "50%", "a\\b", "longer than eight", "longer than ever", "a\0", "\ufeffa", "ａ", "😀", "a😀b", "soft\u00adhyphen", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b"]
export const SCALARS = [null, null, true, false, 0, 1, 2, 3, -1, 0.5, -0, 1e300, 9007199254740991, NaN, Infinity, -Infinity, 1n, -5n, 9007199254740993n, 18446744073709551615n, -9223372036854775808n,
  new Date(0), new Date(-1), new Date(1700000000000), new Uint8Array(0), new Uint8Array([97, 98]), new Uint8Array([255])]
/** No two pairs of them lie equally far apart. */
export const POINTS = [[48.2082, 16.3738], [47.0707, 15.4395], [46.948, 7.4474], [51.5074, -0.1278], [40.758, -73.9855], [-33.8688, 151.2093], [-17.7134, 178.065], [64.1466, -21.9426], [-90, 0], [0.1, 179.9]]
  .map(([latitude, longitude]) => ({ latitude, longitude }))

/** @param {Random} random */
export function createWriter(random) {
  const { below, chance, one, list } = random
  const puts = one([62, 62, 40]) // of a hundred writes; in some worlds there are many links, and ways round

  /** @returns {any} */
  const scalar = () => (chance(45) ? one(TEXTS) : one(SCALARS))

  /** @param {number} depth @returns {any} */
  function value(depth) {
    const kind = depth > 0 ? below(10) : 0
    if (kind < 6) return scalar()
    if (kind < 8) return list(3, () => value(depth - 1))
    return Object.fromEntries(list(3, () => [one(NAMES), value(depth - 1)]))
  }

  /** What may be a point, or nearly. @returns {any} */
  function place() {
    const kind = below(10)
    if (kind < 6) return { ...one(POINTS), ...(chance(20) ? { name: "x" } : {}) }
    if (kind < 8) return list(3, () => one(POINTS))
    return kind < 9 ? { latitude: one([91, "1", 1n, NaN]), longitude: 5 } : value(1)
  }

  /** @param {string} name @returns {any} */
  function fieldValue(name) {
    if (name === "at") return place()
    if (name === "latitude" || name === "longitude") return chance(80) ? one(POINTS)[name] : scalar()
    return value(2)
  }

  /** @returns {any} */
  function nodeValue() {
    if (chance(8)) return chance(50) ? value(2) : place()
    return settled(Object.fromEntries(Array.from({ length: below(7) }, () => one(FIELDS)).map((name) => [name, fieldValue(name)])))
  }

  /** Where it could be a point, its longitude follows from its latitude: from a pole, two points of one latitude would lie equally far. @param {any} value */
  function settled(value) {
    if (!isFinite(Number(value.longitude))) return value
    const same = POINTS.find(({ latitude }) => latitude === value.latitude)
    return { ...value, longitude: same ? same.longitude : 7.7 }
  }

  return {
    value, scalar,
    /** @returns {Write} */
    write() {
      const kind = below(100)
      if (kind < puts) return ["put", one(IDS), nodeValue()]
      if (kind < puts + 8) return ["remove", one(IDS)]
      if (kind < puts + 9) return ["clear"]
      if (kind < puts + 12) return ["index", one(INDEXED)]
      return [kind < 92 ? "link" : "unlink", one(IDS), one(IDS), one(LABELS)]
    },
  }
}
