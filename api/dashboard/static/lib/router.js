/**
 * Shows the page that the address names, without loading the document again.
 * @module
 */

import { h } from "./dom.js";
import { isPage, partsOf } from "./paths.js";

/**
 * @typedef {object} Route
 * @property {string[]} pattern parts of the address; `:id` takes any
 * @property {PageClass} page
 */

/** @typedef {{id: string, parameters: URLSearchParams}} Address what an address names; an empty id where it names none */
/** @typedef {new () => HTMLElement & {address: Address}} PageClass an element that gets its address before it is shown */

/**
 * Start showing pages.
 * @param {HTMLElement} place where they are shown
 * @param {Route[]} routes
 * @param {PageClass} missing shown where no route fits
 * @param {() => void} onChange after every change of the address
 */
export function startRouter(place, routes, missing, onChange) {
  const display = () => {
    const { parts, parameters } = partsOf(location);
    const route = routes.find(({ pattern }) => fits(pattern, parts));
    const page = h(route?.page ?? missing);
    page.address = { id: parts[route?.pattern.indexOf(":id") ?? -1] ?? "", parameters };
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
 * @param {string[]} pattern
 * @param {string[]} parts
 */
const fits = (pattern, parts) => pattern.length === parts.length && pattern.every((part, i) => part === ":id" || part === parts[i]);
