/** Small helpers for the page. Nothing here (or elsewhere in the demo) needs inline styles or scripts. */

/** @param {string} id @returns {any} the element of that id, which index.html is known to have */
export function byId(id) {
  const element = document.getElementById(id)
  if (!element) throw new Error(`index.html has no #${id}`)
  return element
}

const SVG = "http://www.w3.org/2000/svg"

/**
 * An element. Attributes that are functions become listeners, `false`, null and undefined are left out.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string | null | undefined)} children
 */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children)
}

/**
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string | null | undefined)} children
 */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children)
}

/** @param {any} element @param {Record<string, any>} attributes @param {(Node | string | null | undefined)[]} children */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value)
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : String(value))
  }
  element.append(...children.filter((child) => child !== null && child !== undefined))
  return element
}

/** Shows text, or hides the element when there is none. @param {HTMLElement} element @param {string} text */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text
  element.hidden = text === ""
}

/**
 * Makes the children of a list match `items` with as few changes as possible: focus and scrolling stay where they are.
 * @template T
 * @param {Element} list
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => HTMLElement} create
 * @param {(element: HTMLElement, item: T) => void} update
 */
export function keyed(list, items, keyOf, create, update) {
  const held = new Map([...list.children].map((child) => [/** @type {HTMLElement} */ (child).dataset.key, child]))
  let before = list.firstElementChild
  for (const item of items) {
    const key = keyOf(item)
    const element = /** @type {HTMLElement} */ (held.get(key) ?? create(item))
    held.delete(key)
    element.dataset.key = key
    update(element, item)
    if (element === before) before = before.nextElementSibling
    else list.insertBefore(element, before)
  }
  for (const gone of held.values()) gone.remove()
}

/** Calls `draw` at most once a frame, however often it is asked for. @param {() => void} draw */
export function perFrame(draw) {
  let waiting = false
  return () => {
    if (waiting) return
    waiting = true
    // A hidden page gets no frames, and must still be right when it is looked at or measured.
    const later = document.hidden ? (/** @type {() => void} */ run) => setTimeout(run, 100) : requestAnimationFrame
    later(() => {
      waiting = false
      draw()
    })
  }
}
