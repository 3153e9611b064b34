/**
 * What a list of jobs of any kind can be filtered by; the filters are part of the page's address.
 * @module
 */

import { STATUSES } from "../jobs/status.js";
import { h } from "../lib/dom.js";

/**
 * @param {URLSearchParams} parameters those of the address
 * @param {(wanted: Record<string, string>) => void} onChange called with the chosen filters, without empty ones
 * @param {HTMLElement[]} tools stand at the end of the line
 * @returns {HTMLElement}
 */
export function jobFilters(parameters, onChange, tools) {
  const status = h("select", { id: "filter-status", name: "status" }, h("option", { value: "" }, "any"), STATUSES.map((name) => h("option", { value: name }, name)));
  const dataset = h("input", { id: "filter-dataset", name: "dataset", placeholder: "any", size: "12" });
  const name = h("input", { id: "filter-name", placeholder: "any", size: "14" });
  const metadata = h("input", { id: "filter-metadata", placeholder: "name=value", size: "14", pattern: "[^=]+=.*", title: "A metadata field and its value, such as team=vision" });
  status.value = parameters.get("status") ?? "";
  dataset.value = parameters.get("dataset") ?? "";
  name.value = parameters.get("name") ?? "";
  metadata.value = metadataOf(parameters);
  const apply = (/** @type {Event} */ event) => {
    event.preventDefault();
    const [member, value] = metadata.value.split(/=(.*)/s).map((part) => part.trim());
    const wanted = { status: status.value, dataset: dataset.value.trim(), name: name.value.trim() };
    onChange({ ...wanted, ...(member && value ? { [`metadata[${member}]`]: value } : {}) });
  };
  return h(
    "form",
    { class: "filters", onsubmit: apply, onchange: apply },
    h("div", { class: "filter" }, h("label", { for: "filter-status" }, "Status"), status),
    h("div", { class: "filter" }, h("label", { for: "filter-dataset" }, "Data set"), dataset),
    h("div", { class: "filter" }, h("label", { for: "filter-name" }, "Name"), name),
    h("div", { class: "filter" }, h("label", { for: "filter-metadata" }, "Metadata"), metadata),
    h("div", { class: "row filters-end" }, tools),
  );
}

/** The filter by metadata as it is typed. @param {URLSearchParams} parameters */
function metadataOf(parameters) {
  const [name, value] = [...parameters].find(([name]) => name.startsWith("metadata[")) ?? [];
  return name ? `${name.slice("metadata[".length, -1)}=${value}` : "";
}
