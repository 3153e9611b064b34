/**
 * Asks before something that cannot be undone.
 * @module
 */

import { h } from "../lib/dom.js";

/**
 * @param {string} question
 * @param {string} consequence what will happen
 * @param {string} verb the name of the button that does it
 * @returns {Promise<boolean>}
 */
export function confirm(question, consequence, verb) {
  const dialog = h(
    "dialog",
    { "aria-labelledby": "confirm-title" },
    h(
      "form",
      { method: "dialog" },
      h("h2", { id: "confirm-title" }, question),
      h("p", {}, consequence),
      h(
        "div",
        { class: "dialog-actions" },
        h("button", { value: "no", autofocus: true }, "Go back"),
        h("button", { value: "yes", class: "danger" }, verb),
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer(dialog.returnValue === "yes");
    });
  });
}
