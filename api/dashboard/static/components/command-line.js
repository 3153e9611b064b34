/**
 * A line for a terminal, with a button that copies it.
 * @module
 */

import { h, setText } from "../lib/dom.js";
import { serviceUrl } from "../lib/paths.js";
import { copyButton } from "./copy-button.js";

/**
 * The line that submits a spec.
 * @param {import("../jobs/kind.js").Kind<any>} kind
 * @param {Record<string, unknown>} spec
 */
export function curlLine(kind, spec) {
  const body = JSON.stringify(spec).replaceAll("'", "'\\''");
  return `curl -X POST ${serviceUrl(kind.path)} -H 'Content-Type: application/json' -d '${body}'`;
}

/**
 * @param {() => string} text what is copied
 * @returns {{element: HTMLElement, show: (line: string) => void}}
 */
export function commandLine(text) {
  const code = h("code");
  const element = h("div", { class: "command" }, h("pre", { tabindex: "0", "aria-label": "Command" }, code), copyButton("Copy", text));
  return { element, show: (line) => setText(code, line) };
}
