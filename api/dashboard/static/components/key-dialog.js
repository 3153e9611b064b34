/**
 * Asks for an API key when the service wants one.
 * @module
 */

import { h, show } from "../lib/dom.js";

/** Be ready to ask. */
export function setUpKeyDialog() {
  addEventListener("pdarts:key-wanted", (event) => {
    const { accept, refusal } = /** @type {CustomEvent} */ (event).detail;
    open(accept, refusal);
  });
}

/**
 * @param {(key: string) => void} accept
 * @param {string} refusal why a key was refused; empty where none was given
 */
function open(accept, refusal) {
  const field = h("input", { id: "api-key", type: "password", autocomplete: "off", required: true, spellcheck: "false", autofocus: true });
  const take = (/** @type {Event} */ event) => {
    event.preventDefault();
    const key = field.value.trim();
    if (!key) return;
    dialog.close();
    dialog.remove();
    accept(key);
  };
  const dialog = h("dialog", { "aria-labelledby": "api-key-title", closedby: "none", oncancel: (/** @type {Event} */ e) => e.preventDefault() });
  show(
    dialog,
    h(
      "form",
      { onsubmit: take },
      h("h2", { id: "api-key-title" }, "API key"),
      refusal && h("p", { class: "notice", role: "alert" }, `The service refused this key: ${refusal}`),
      h("p", {}, "This service requires an API key. The key stays in this tab and is forgotten when you close it."),
      h("label", { for: "api-key" }, "Key"),
      field,
      h("p", { class: "quiet sub" }, "An admin can create one on the Keys page, or on the service's machine with “pdarts keys create --owner NAME”."),
      h("div", { class: "dialog-actions" }, h("button", { class: "primary" }, "Use this key")),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}
