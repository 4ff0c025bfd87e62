/**
 * Reads a filter as people write it: JSON, with unquoted names, single quotes and a comma too many allowed.
 * `{ kind: 'person', age: { $gt: 3 }, }` is `{"kind":"person","age":{"$gt":3}}`. Nothing is evaluated.
 */

const TOKEN = /\s*(?:([{}[\]:,])|("(?:[^"\\]|\\.)*")|'((?:[^'\\]|\\.)*)'|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([A-Za-z_$][\w$.-]*)|$)/y

/** @typedef {{ mark?: string, text?: string, number?: number, name?: string, at: number }} Token */

/**
 * @param {string} source
 * @returns {any} throws SyntaxError with words for the person who typed it
 */
export function readFilter(source) {
  const tokens = tokenize(source)
  let next = 0

  /** @param {string} mark */
  const isMark = (mark) => tokens[next]?.mark === mark && ++next > 0

  /** @param {string} wanted @returns {never} */
  function fail(wanted) {
    const token = tokens[next]
    throw new SyntaxError(`${wanted} is missing ${token ? `at “${source.slice(token.at).trim().slice(0, 12)}”` : "at the end"}`)
  }

  /** @returns {any} */
  function value() {
    if (isMark("{")) return object()
    if (isMark("[")) return list()
    const token = tokens[next]
    if (token?.text !== undefined) return next++, token.text
    if (token?.number !== undefined) return next++, token.number
    const constants = /** @type {Record<string, any>} */ ({ true: true, false: false, null: null })
    if (token?.name !== undefined && Object.hasOwn(constants, token.name)) return next++, constants[token.name]
    return fail(token?.name ? "A value (text needs quotes)" : "A value")
  }

  function object() {
    /** @type {Record<string, any>} */
    const result = {}
    while (!isMark("}")) {
      const token = tokens[next]
      const key = token?.name ?? token?.text ?? (token?.number === undefined ? undefined : String(token.number))
      if (key === undefined) fail("A field name or }")
      next++
      if (!isMark(":")) fail("“:”")
      Object.defineProperty(result, /** @type {string} */ (key), { value: value(), enumerable: true, configurable: true, writable: true })
      if (!isMark(",") && tokens[next]?.mark !== "}") fail("“,” or “}”")
    }
    return result
  }

  function list() {
    /** @type {any[]} */
    const result = []
    while (!isMark("]")) {
      result.push(value())
      if (!isMark(",") && tokens[next]?.mark !== "]") fail("“,” or “]”")
    }
    return result
  }

  if (tokens.length === 0) return {}
  if (tokens[0].mark !== "{") throw new SyntaxError("a filter begins with “{”")
  const filter = value()
  if (next < tokens.length) throw new SyntaxError(`nothing may follow the filter, but “${source.slice(tokens[next].at).trim().slice(0, 12)}” does`)
  return filter
}

/** @param {string} source @returns {Token[]} */
function tokenize(source) {
  const tokens = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex
    const match = TOKEN.exec(source)
    if (!match) throw new SyntaxError(`“${source.slice(at).trim().slice(0, 12)}” is not understood`)
    const [, mark, quoted, single, number, name] = match
    if (mark !== undefined) tokens.push({ mark, at })
    else if (quoted !== undefined) tokens.push({ text: JSON.parse(quoted), at })
    else if (single !== undefined) tokens.push({ text: JSON.parse(`"${single.replace(/\\'/g, "'").replace(/(?<!\\)"/g, '\\"')}"`), at })
    else if (number !== undefined) tokens.push({ number: Number(number), at })
    else if (name !== undefined) tokens.push({ name, at })
  }
  return tokens
}
