/**
 * What an empty list shows: a form for a first search, and the same as a line for a terminal.
 * @module
 */

import { h } from "../lib/dom.js";
import "./search-form.js";

/** @returns {HTMLElement} */
export function firstSearch() {
  return h(
    "section",
    { class: "card empty-list" },
    h("h2", {}, "No search yet"),
    h("p", {}, "Start with a quick one: the built-in digits, minutes on a CPU."),
    h("search-form", { preset: "quick", dataset: "digits" }),
  );
}
