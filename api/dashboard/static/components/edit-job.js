/**
 * Changes what may be changed of a job: its name, its metadata, and its priority while it has not ended.
 * @module
 */

import { isFinal } from "../jobs/status.js";
import { h, show } from "../lib/dom.js";
import { isObject, isSame, mergePatch } from "../lib/merge-patch.js";
import { jsonOf, send } from "../service/client.js";
import { Problem } from "../service/problem.js";
import { notice } from "./notice.js";

/** @typedef {import("../jobs/kind.js").Kind<any>} Kind */
/** @typedef {import("../jobs/kind.js").Job} Job */

const CHANGED_SINCE = 412;

/** The job is no longer as the reader saw it. */
class Outdated extends Error {}

/**
 * @param {Kind} kind
 * @param {Job} job
 * @returns {Promise<boolean>} whether something was changed, here or elsewhere
 */
export function editJob(kind, job) {
  const { spec, status } = job;
  const name = h("input", { id: "edit-name", maxlength: "200", autocomplete: "off", value: spec.name ?? "" });
  const priority = h("input", { id: "edit-priority", type: "number", min: "-100", max: "100", step: "1", value: spec.priority });
  const metadata = h("textarea", { id: "edit-metadata", rows: "4", spellcheck: "false", value: JSON.stringify(spec.metadata, null, 2) });
  const trouble = h("div");
  const dialog = h("dialog", { "aria-labelledby": "edit-title" });
  const typed = () => editable({ name: name.value.trim(), priority: Number(priority.value), metadata: parseObject(metadata.value) });
  const before = typed();
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      const patch = mergePatch(before, typed());
      if (Object.keys(patch).length > 0) await change(kind, job, patch);
      dialog.close("saved");
    } catch (error) {
      if (error instanceof Outdated) dialog.returnValue = "outdated";
      const message = error instanceof SyntaxError ? "Metadata must be a JSON object." : error;
      show(trouble, notice(message));
    }
  };
  show(
    dialog,
    h(
      "form",
      { novalidate: true, onsubmit: save },
      h("h2", { id: "edit-title" }, `Edit this ${kind.noun}`),
      h("div", { class: "field" }, h("label", { for: "edit-name" }, "Name"), name),
      !isFinal(status) && h("div", { class: "field" }, h("label", { for: "edit-priority" }, "Priority"), priority, h("span", { class: "hint" }, "Higher priorities run first (-100 to 100)")),
      h("div", { class: "field" }, h("label", { for: "edit-metadata" }, "Metadata"), metadata, h("span", { class: "hint" }, "Your own JSON object; you can filter the list by it")),
      trouble,
      h("div", { class: "dialog-actions" }, h("button", { type: "button", onclick: () => dialog.close() }, "Discard"), h("button", { class: "primary" }, "Save")),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer(dialog.returnValue === "saved" || dialog.returnValue === "outdated");
    });
  });
}

/**
 * What can be edited of a job; a name that is not there is no member.
 * @param {{name: string | null, priority: number, metadata: Record<string, unknown>}} spec
 */
function editable({ name, priority, metadata }) {
  return { ...(name ? { name } : {}), priority, metadata };
}

/**
 * @param {string} text
 * @returns {Record<string, unknown>}
 * @throws {SyntaxError} it is no JSON object
 */
function parseObject(text) {
  const found = JSON.parse(text || "{}");
  if (!isObject(found)) throw new SyntaxError("not an object");
  return found;
}

/**
 * Change a job, unless somebody has edited it since the reader saw it. Its progress changes its ETag
 * too, every few seconds: so the tag is that of a new look, which must show the same to edit.
 * @param {Kind} kind
 * @param {Job} seen
 * @param {Record<string, unknown>} body
 * @throws {Outdated} somebody else has changed it
 */
async function change(kind, seen, body) {
  const path = `${kind.path}/${seen.id}`;
  for (;;) {
    const response = await send(path);
    const { spec } = await jsonOf(response);
    if (!isSame(editable(spec), editable(seen.spec))) throw new Outdated(`Someone else has changed this ${kind.noun} in the meantime, so nothing was saved. Discard your changes and edit the new version.`);
    try {
      await send(path, { method: "PATCH", body, headers: { "If-Match": response.headers.get("ETag") ?? "" } });
      return;
    } catch (error) {
      if (!(error instanceof Problem && error.status === CHANGED_SINCE)) throw error;
    }
  }
}
