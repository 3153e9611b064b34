/**
 * Elements made from text and elements, never from markup: what a client typed stays text.
 * @module
 */

/** @typedef {Node | string | number | null | undefined | false} Child */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @template T
 * @typedef {T extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[T] : T extends new () => infer E ? E : never} Made
 */

/**
 * Make an HTML element.
 * @template {keyof HTMLElementTagNameMap | (new () => HTMLElement)} T
 * @param {T} tag its name, or the class of a custom element
 * @param {Record<string, unknown>} [properties] `on…` adds a listener, `class`, `data-…` and `aria-…` are
 *   attributes, null and false leave one out.
 * @param {...(Child | Child[])} children
 * @returns {Made<T>}
 */
export function h(tag, properties = {}, ...children) {
  const element = typeof tag === "string" ? document.createElement(tag) : new tag();
  fill(element, properties, children);
  return /** @type {Made<T>} */ (element);
}

/**
 * Make an SVG element.
 * @param {string} tag
 * @param {Record<string, unknown>} [properties]
 * @param {...(Child | Child[])} children
 * @returns {SVGElement}
 */
export function s(tag, properties = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  fill(element, properties, children);
  return element;
}

/**
 * @param {Element} element
 * @param {Record<string, unknown>} properties
 * @param {(Child | Child[])[]} children
 */
function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else if (name === "value") {
      /** @type {HTMLInputElement} */ (element).value = String(value);
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...nodes(children));
}

/**
 * The first element with a tag inside another, which has one.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {Element} element
 * @param {T} tag
 * @returns {HTMLElementTagNameMap[T]}
 */
export function part(element, tag) {
  const found = element.querySelector(tag);
  if (found === null) throw new Error(`no <${tag}> in <${element.localName}>`);
  return found;
}

/**
 * Show these children and no others.
 * @param {Element} element
 * @param {...(Child | Child[])} children
 */
export function show(element, ...children) {
  element.replaceChildren(...nodes(children));
}

/**
 * Change an element's text only where it differs, so that nothing is announced or selected anew.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Bring a list of elements in step with items: those that stay keep focus and selection.
 * @template T
 * @param {Element} parent
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => Element} create
 * @param {(element: any, item: T) => void} update
 */
export function reconcile(parent, items, keyOf, create, update) {
  const known = new Map([...parent.children].map((child) => [child.getAttribute("data-key"), child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    const element = known.get(key) ?? create(item);
    known.delete(key);
    element.setAttribute("data-key", key);
    update(element, item);
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  for (const gone of known.values()) gone.remove();
}

/**
 * @param {(Child | Child[])[]} children
 * @returns {(Node | string)[]}
 */
function nodes(children) {
  return children
    .flat()
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (typeof child === "number" ? String(child) : /** @type {Node | string} */ (child)));
}
