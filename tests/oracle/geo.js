/** Points on a sphere of 6371 km. The random points lie far enough apart that no rounding decides. */

/** @typedef {{ latitude: number, longitude: number }} Point */

/** @param {any} value @returns {value is Point} */
export function isPoint(value) {
  const isWithin = (/** @type {any} */ number, /** @type {number} */ bound) => ["number", "bigint"].includes(typeof number) && number >= -bound && number <= bound
  return typeof value === "object" && value !== null && isWithin(value.latitude, 90) && isWithin(value.longitude, 180)
}

/** In kilometres: the angle between two vectors from the middle. @param {Point} a @param {Point} b */
export function distance(a, b) {
  const [p, q] = [a, b].map(vector)
  const cross = [p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]]
  const dot = p[0] * q[0] + p[1] * q[1] + p[2] * q[2]
  return 6371 * Math.atan2(Math.hypot(...cross), dot)
}

/** @param {Point} point @param {{ minLat: number, maxLat: number, minLng: number, maxLng: number }} box */
export function inBox(point, { minLat, maxLat, minLng, maxLng }) {
  const [latitude, longitude] = [Number(point.latitude), Number(point.longitude)]
  const crosses = minLng > maxLng
  return latitude >= minLat && latitude <= maxLat
    && (crosses ? longitude >= minLng || longitude <= maxLng : longitude >= minLng && longitude <= maxLng)
}

/** @param {Point} point */
function vector(point) {
  const [latitude, longitude] = [Number(point.latitude), Number(point.longitude)].map((degrees) => degrees * Math.PI / 180)
  return [Math.cos(latitude) * Math.cos(longitude), Math.cos(latitude) * Math.sin(longitude), Math.sin(latitude)]
}
