/**
 * What an empty list shows: a form for a first search, and the same as a line for a terminal.
 * @module
 */

import { h } from "../lib/dom.js";
import { SearchForm } from "./search-form.js";

/** @returns {HTMLElement} */
export function firstSearch() {
  return h(
    "section",
    { class: "card empty-list" },
    h("h2", {}, "No searches yet"),
    h("p", {}, "Start with a quick one: a search with the preset quick on the built-in digits data set takes about a minute on a CPU."),
    h("p", { class: "quiet" }, "To see what a clear signal looks like, choose the data set planted and the preset planted."),
    h(SearchForm, { preset: "quick", dataset: "digits" }),
  );
}
