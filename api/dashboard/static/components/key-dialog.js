/**
 * Asks for an API key when the service wants one.
 * @module
 */

import { h, show } from "../lib/dom.js";

/** Be ready to ask. */
export function setUpKeyDialog() {
  addEventListener("pdarts:key-wanted", (event) => {
    const { accept, wasRefused } = /** @type {CustomEvent} */ (event).detail;
    open(accept, wasRefused);
  });
}

/**
 * @param {(key: string) => void} accept
 * @param {boolean} wasRefused whether a key was refused; the service does not say why
 */
function open(accept, wasRefused) {
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
      wasRefused && h("p", { class: "notice", role: "alert" }, "The service refused this key. It may be mistyped, expired or revoked."),
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
