/**
 * Shows the page that the address names, without loading the document again.
 * @module
 */

import { h } from "./dom.js";
import { isPage, partsOf } from "./paths.js";

/**
 * @typedef {object} Route
 * @property {string[]} pattern parts of the address; `:name` takes any
 * @property {string} tag the page's element
 */

/**
 * A page: an element that is told what its address names before it is shown.
 * @typedef {HTMLElement & {address: {names: Record<string, string>, parameters: URLSearchParams}}} PageElement
 */

/**
 * Start showing pages.
 * @param {HTMLElement} place where they are shown
 * @param {Route[]} routes
 * @param {() => void} onChange after every change of the address
 */
export function startRouter(place, routes, onChange) {
  const display = () => {
    const { parts, parameters } = partsOf(location);
    const { tag, names } = match(routes, parts);
    const page = /** @type {PageElement} */ (/** @type {unknown} */ (h(tag)));
    page.address = { names, parameters };
    place.replaceChildren(page);
    onChange();
  };
  addEventListener("popstate", display);
  addEventListener("pdarts:navigate", () => {
    display();
    scrollTo(0, 0);
    place.focus({ preventScroll: true });
  });
  document.addEventListener("click", followLink);
  display();
}

/**
 * Go to a page.
 * @param {string} path
 */
export function navigate(path) {
  history.pushState(null, "", path);
  dispatchEvent(new Event("pdarts:navigate"));
}

/**
 * Name the page in the window's title.
 * @param {string} name
 */
export function setTitle(name) {
  document.title = `${name} · P-DARTS`;
}

/** @param {MouseEvent} click */
function followLink(click) {
  const modified = click.metaKey || click.ctrlKey || click.shiftKey || click.altKey || click.button !== 0;
  if (modified || click.defaultPrevented || !(click.target instanceof Element)) return;
  const link = click.target.closest("a[href]");
  if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute("download")) return;
  const address = new URL(link.href);
  if (!isPage(address) || (address.hash && address.pathname === location.pathname)) return;
  click.preventDefault();
  navigate(address.pathname + address.search + address.hash);
}

/**
 * @param {Route[]} routes
 * @param {string[]} parts
 * @returns {{tag: string, names: Record<string, string>}}
 */
function match(routes, parts) {
  for (const { pattern, tag } of routes) {
    const fits =
      pattern.length === parts.length && pattern.every((part, i) => part.startsWith(":") || part === parts[i]);
    if (!fits) continue;
    const named = pattern.flatMap((part, i) => (part.startsWith(":") ? [[part.slice(1), parts[i]]] : []));
    return { tag, names: Object.fromEntries(named) };
  }
  return { tag: "missing-page", names: {} };
}
