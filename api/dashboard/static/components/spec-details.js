/**
 * What was asked for, complete: the spec of a job of any kind.
 * @module
 */

import { h } from "../lib/dom.js";
import { copyButton } from "./copy-button.js";

/**
 * @param {import("../jobs/kind.js").Job} job
 * @returns {HTMLDetailsElement}
 */
export function specDetails({ id, spec, attempts }) {
  const simple = Object.entries(spec).filter(([, value]) => value === null || typeof value !== "object");
  const entries = [["id", id], ["attempts", String(attempts)], ...simple.map(([name, value]) => [name.replaceAll("_", " "), String(value ?? "–")]), ...Object.entries(spec.metadata).map(([name, value]) => [`metadata: ${name}`, typeof value === "string" ? value : JSON.stringify(value)])];
  return h(
    "details",
    { class: "card" },
    h("summary", {}, "Spec"),
    h("dl", { class: "spec" }, entries.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    h("p", {}, copyButton("Copy as JSON", () => JSON.stringify(spec, null, 2))),
  );
}
