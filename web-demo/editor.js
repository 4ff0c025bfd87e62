/** The panel for one node: its fields, its links, its whole value. A field is written when typing pauses, or it is left. */
import { byId, el, keyed, perFrame, say } from "./dom.js"
import { KINDS, nameOf } from "./model.js"
import { errorWords } from "./words.js"

const PAUSE_MS = 500

/**
 * @param {any} db
 * @param {import("./model.js").Model} model
 * @param {{ onSelect: (id: string) => void }} actions
 */
export function createEditor(db, model, { onSelect }) {
  const fields = byId("fields")
  const json = byId("json-form").elements.json
  const linkForm = byId("link-form")
  let id = ""

  for (const kind of KINDS) fields.elements.kind.append(el("option", { value: kind }, kind))
  const refresh = perFrame(show)
  model.onChange(refresh)

  // What was typed is written; a field that was only looked into is not, for another may have changed it meanwhile.
  let typed = ""
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let pause
  fields.addEventListener("input", (/** @type {Event} */ event) => {
    typed = /** @type {HTMLInputElement} */ (event.target).name
    clearTimeout(pause)
    pause = setTimeout(writeTyped, PAUSE_MS)
  })
  for (const type of ["change", "focusout"]) fields.addEventListener(type, () => (writeTyped(), refresh()))

  function writeTyped() {
    clearTimeout(pause)
    const name = typed
    typed = ""
    const [nodeId, value] = [id, fields.elements[name]?.value.trim()]
    if (name && nodeId) attempt(() => setField(nodeId, name, value))
  }

  // Leaving a field by Enter writes it too.
  fields.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault()
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
  })
  byId("remove").addEventListener("click", () => attempt(() => db.remove(id)))
  linkForm.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault()
    const { target, label } = linkForm.elements
    attempt(async () => {
      await db.link(id, target.value, { label: label.value.trim() })
      label.value = target.value = ""
    })
  })
  byId("json-form").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault()
    attempt(async () => {
      await db.put(JSON.parse(json.value), id)
      json.blur()
    })
  })

  /** The other fields are given as they are now: what did not change is not written. @param {string} nodeId @param {string} name @param {string} value */
  async function setField(nodeId, name, value) {
    const { result } = await db.get(nodeId)
    if (!result) throw new Error("This node was removed meanwhile.")
    const next = { ...result.value }
    if (value === "" && name !== "name") delete next[name]
    else next[name] = value
    await db.put(next, nodeId)
  }

  /** @param {() => unknown} action */
  async function attempt(action) {
    try {
      say(byId("editor-error"), "")
      await action()
    } catch (error) {
      say(byId("editor-error"), errorWords(error))
    }
  }

  function show() {
    const node = model.nodes.get(id)
    byId("editor").hidden = !node
    byId("editor-empty").hidden = Boolean(node)
    byId("editor-id").textContent = node ? id.slice(0, 12) : ""
    if (!node) return
    for (const name of ["name", "kind", "note"]) if (name !== typed) setUnlessEdited(fields.elements[name], String(node.value?.[name] ?? ""))
    setUnlessEdited(json, JSON.stringify(node.value, null, 2))
    showLinks()
  }

  function showLinks() {
    const all = [...model.links.values()].flat().filter(({ source, target }) => source === id || target === id)
    keyed(byId("links"), all, ({ source, label, target }) => `${source}\n${label}\n${target}`, ({ source, label, target }) => {
      const other = source === id ? target : source
      const words = source === id ? `${label || "linked"} →` : `← ${label || "linked"}`
      return el("li", {}, el("span", { class: "soft" }, words), el("button", { type: "button", class: "plain", click: () => onSelect(other) }),
        el("button", { type: "button", class: "small", "aria-label": `Remove this link`, title: "Remove this link", click: () => attempt(() => db.unlink(source, target, { label })) }, "×"))
    }, (element, { source, target }) => {
      /** @type {any} */ (element.children[1]).textContent = model.nameOf(source === id ? target : source)
    })
    const others = [...model.nodes.values()].filter((node) => node.id !== id).slice(0, 500).map((node) => ({ value: node.id, text: nameOf(node) }))
    const { target } = linkForm.elements
    const chosen = target.value
    keyed(target, [{ value: "", text: "to …" }, ...others], ({ value }) => value, ({ value }) => el("option", { value }), (option, { text }) => { option.textContent = text })
    target.value = model.nodes.has(chosen) && chosen !== id ? chosen : ""
  }

  return {
    /** @param {string} nodeId */
    select(nodeId) {
      writeTyped()
      if (nodeId !== id) say(byId("editor-error"), "")
      id = nodeId
      show()
    },
    refresh,
  }
}

/** What someone is typing is not replaced under their hands. @param {any} input @param {string} value */
function setUnlessEdited(input, value) {
  if (document.activeElement === input || input.value === value) return
  if (input instanceof HTMLSelectElement && value !== "" && ![...input.options].some((option) => option.value === value)) input.append(el("option", { value }, value))
  input.value = value
}
