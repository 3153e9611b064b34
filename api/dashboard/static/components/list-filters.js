/**
 * Filters of a list: they apply while the reader types, and are part of the page's address.
 * @module
 */

import { h, setText } from "../lib/dom.js";

const PAUSE_IN_TYPING = 250;

/**
 * @typedef {object} Filter
 * @property {string} label
 * @property {HTMLInputElement | HTMLSelectElement} control
 * @property {() => Record<string, string>} wanted its parameters; empty ones ask for nothing
 * @property {string} [hint] what its reader has to know besides
 * @property {() => string} [ignored] why what is typed is ignored so far; empty where it is not
 */

/**
 * Matches parts of names.
 * @param {string} label
 * @param {string} parameter
 * @param {URLSearchParams} parameters those of the address
 * @returns {Filter}
 */
export function partFilter(label, parameter, parameters) {
  const control = h("input", { id: `filter-${parameter}`, placeholder: "any part", size: "12", autocomplete: "off", maxlength: "200", value: parameters.get(parameter) ?? "" });
  return { label, control, wanted: () => ({ [parameter]: control.value.trim() }) };
}

/**
 * @param {string} label
 * @param {string} parameter
 * @param {URLSearchParams} parameters those of the address
 * @param {Iterable<[value: string, words: string]>} choices
 * @returns {Filter}
 */
export function choiceFilter(label, parameter, parameters, choices) {
  const control = h("select", { id: `filter-${parameter}` }, [...choices].map(([value, words]) => h("option", { value }, words)));
  control.value = parameters.get(parameter) ?? "";
  return { label, control, wanted: () => ({ [parameter]: control.value }) };
}

/**
 * A metadata field and its value, as `name=value`.
 * @param {URLSearchParams} parameters those of the address
 * @returns {Filter}
 */
export function metadataFilter(parameters) {
  const [name, value] = [...parameters].find(([name]) => name.startsWith("metadata[")) ?? [];
  const typed = name ? `${name.slice("metadata[".length, -1)}=${value}` : "";
  const control = h("input", { id: "filter-metadata", placeholder: "name=value", size: "12", autocomplete: "off", value: typed, title: "A metadata field and its value, such as team=vision" });
  const parts = () => control.value.split(/=(.*)/s).map((part) => part.trim());
  const isWhole = () => /^[^[\]]+$/.test(parts()[0] ?? "") && Boolean(parts()[1]);
  return {
    label: "Metadata",
    control,
    hint: "Metadata must match exactly.",
    wanted: () => (isWhole() ? { [`metadata[${parts()[0]}]`]: parts()[1] ?? "" } : {}),
    ignored: () => (control.value.trim() === "" || isWhole() ? "" : "Metadata is ignored until it reads name=value."),
  };
}

/**
 * @param {Filter[]} filters
 * @param {(wanted: URLSearchParams) => void} onChange called with the parameters that are chosen, where they have changed
 * @param {HTMLElement[]} [tools] stand at the end of the line
 * @returns {HTMLElement}
 */
export function listFilters(filters, onChange, tools = []) {
  const note = h("p", { class: "hint filters-note", "aria-live": "polite" });
  const wanted = () => new URLSearchParams(filters.flatMap((filter) => Object.entries(filter.wanted())).filter(([, value]) => value));
  const hints = ["Parts of names are enough, in upper or lower case (a to z).", ...filters.map(({ hint }) => hint ?? "")];
  let applied = String(wanted());
  let timer = 0;
  const explain = () => setText(note, [...hints, ...filters.map(({ ignored }) => ignored?.() ?? "")].filter(Boolean).join(" "));
  const apply = () => {
    clearTimeout(timer);
    const chosen = wanted();
    // The page may have been left while its reader paused.
    if (!form.isConnected || String(chosen) === applied) return;
    applied = String(chosen);
    onChange(chosen);
  };
  const applySoon = () => {
    clearTimeout(timer);
    explain();
    timer = setTimeout(apply, PAUSE_IN_TYPING);
  };
  const applyNow = (/** @type {Event} */ event) => {
    event.preventDefault();
    apply();
  };
  const form = h(
    "form",
    { class: "filters", role: "search", onsubmit: applyNow, onchange: applyNow, oninput: applySoon },
    filters.map(({ control, label }) => h("div", { class: "filter" }, h("label", { for: control.id }, label), control)),
    tools.length > 0 && h("div", { class: "row filters-end" }, tools),
    note,
  );
  explain();
  return form;
}
