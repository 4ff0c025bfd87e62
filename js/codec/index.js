/**
 * Whole values to and from bytes of their own, where no core is involved (exports are: the core's inbox and outbox).
 */
import { writeValue } from "./encode.js"
import { begin, end } from "./writer.js"

export { decode } from "./decode.js"

/**
 * @param {unknown} value
 * @param {string} [name] what a path in an error begins with
 * @returns {Uint8Array}
 */
export function encode(value, name = "value") {
  let buffer = new Uint8Array(0)
  begin((bytes) => {
    const larger = new Uint8Array(bytes)
    larger.set(buffer)
    return (buffer = larger)
  })
  writeValue(value, name)
  return buffer.slice(0, end())
}
