/**
 * Changes what may be changed of a search: its name, its metadata, and its priority while it has not ended.
 * @module
 */

import { h, show } from "../lib/dom.js";
import { send } from "../service/client.js";
import { notice } from "./notice.js";
import { isFinal } from "./status-badge.js";

/** @typedef {import("../service/types.js").Search} Search */

/**
 * @param {Search} search
 * @returns {Promise<boolean>} whether something was changed
 */
export function editSearch({ id, spec, status }) {
  const name = h("input", { id: "edit-name", maxlength: "200", autocomplete: "off", value: spec.name ?? "" });
  const priority = h("input", { id: "edit-priority", type: "number", min: "-100", max: "100", step: "1", value: spec.priority });
  const metadata = h("textarea", { id: "edit-metadata", rows: "4", spellcheck: "false", value: JSON.stringify(spec.metadata, null, 2) });
  const trouble = h("div");
  const dialog = h("dialog", { "aria-labelledby": "edit-title" });
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      const wanted = { name: name.value.trim() || null, metadata: patchOf(spec.metadata, JSON.parse(metadata.value || "{}")), ...(isFinal(status) ? {} : { priority: Number(priority.value) }) };
      await send(`searches/${id}`, { method: "PATCH", body: wanted });
      dialog.close("saved");
    } catch (error) {
      const message = error instanceof SyntaxError ? "The metadata is no JSON object." : error;
      show(trouble, notice(message));
    }
  };
  show(
    dialog,
    h(
      "form",
      { novalidate: true, onsubmit: save },
      h("h2", { id: "edit-title" }, "Edit this search"),
      h("div", { class: "field" }, h("label", { for: "edit-name" }, "Name"), name),
      !isFinal(status) && h("div", { class: "field" }, h("label", { for: "edit-priority" }, "Priority"), priority, h("span", { class: "hint" }, "Higher runs first (-100 to 100)")),
      h("div", { class: "field" }, h("label", { for: "edit-metadata" }, "Metadata"), metadata, h("span", { class: "hint" }, "Your own JSON object; the list can be filtered by it")),
      trouble,
      h("div", { class: "dialog-actions" }, h("button", { type: "button", onclick: () => dialog.close() }, "Leave it"), h("button", { class: "primary" }, "Save")),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer(dialog.returnValue === "saved");
    });
  });
}

/**
 * The merge patch (RFC 7396) from one object to another: what is gone is null.
 * @param {Record<string, unknown>} before
 * @param {Record<string, unknown>} after
 */
function patchOf(before, after) {
  if (after === null || typeof after !== "object" || Array.isArray(after)) throw new SyntaxError("no object");
  const gone = Object.keys(before).filter((name) => !(name in after));
  return { ...Object.fromEntries(gone.map((name) => [name, null])), ...after };
}
