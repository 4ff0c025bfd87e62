/** Folding, character by character, and `$like` as a regular expression. */

/** @param {string} text */
export function fold(text) {
  const characters = [...text.normalize("NFKD")].filter((character) => !/[\p{M}\p{Cf}]/u.test(character))
  const folded = characters.map((character) => (/[\p{P}\p{Z}\p{Cc}]/u.test(character) ? " " : character.toUpperCase().toLowerCase()))
  return folded.join("").split(" ").filter((word) => word !== "").join(" ")
}

/** @param {string} text @param {string} pattern */
export function like(text, pattern) {
  let source = ""
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === "%") source += "[^]*"
    else if (pattern[i] === "_") source += "[^]"
    else source += `\\u{${/** @type {number} */ (pattern.codePointAt(pattern[i] === "\\" ? ++i : i)).toString(16)}}`
    if (/** @type {number} */ (pattern.codePointAt(i)) > 0xffff) i++
  }
  return new RegExp(`^${source}$`, "u").test(text)
}
