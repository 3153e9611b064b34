/**
 * What can be done with a job in its state.
 * @module
 */

import { isFinal, movesFrom } from "../jobs/status.js";
import { h, show } from "../lib/dom.js";
import { pageUrl } from "../lib/paths.js";
import { navigate } from "../lib/router.js";
import { send } from "../service/client.js";
import { confirm } from "./confirm.js";
import { editJob } from "./edit-job.js";
import { attempt } from "./notice.js";

/** @typedef {import("../jobs/kind.js").Kind<any>} Kind */
/** @typedef {import("../jobs/kind.js").Job} Job */
/** @typedef {import("../jobs/status.js").Move} Move */

/** @type {Record<Move, string>} */
const NAMES = { pause: "Pause", resume: "Resume", retry: "Retry", cancel: "Cancel" };

export class JobActions extends HTMLElement {
  #buttons = h("div", { class: "row" });
  #trouble = h("div");
  /** @type {Job | null} */
  #job = null;
  /** Called when something was done. */
  onChange = () => {};

  connectedCallback() {
    this.replaceChildren(this.#buttons, this.#trouble);
  }

  /**
   * @param {Kind} kind
   * @param {Job} job
   */
  showJob(kind, job) {
    const { id, status } = job;
    const like = kind.likeOf(job);
    this.#job = job;
    if (this.dataset.status === status) return;
    this.dataset.status = status;
    show(
      this.#buttons,
      movesFrom(status).map((move) => h("button", { type: "button", class: move === "cancel" ? "danger" : null, onclick: () => this.#move(kind, id, move) }, NAMES[move])),
      h("button", { type: "button", onclick: () => this.#edit(kind) }, "Edit"),
      like !== null && h("a", { href: pageUrl(like), class: "button" }, "Start a similar one"),
      isFinal(status) && h("button", { type: "button", class: "danger", onclick: () => this.#delete(kind, id) }, "Delete"),
    );
  }

  /**
   * @param {Kind} kind
   * @param {string} id
   * @param {Move} move
   */
  async #move({ noun, path }, id, move) {
    const consequence = `A cancelled ${noun} cannot be resumed. Its results so far are kept.`;
    if (move === "cancel" && !(await confirm(`Cancel this ${noun}?`, consequence, `Cancel ${noun}`))) return;
    await attempt(this.#trouble, () => send(`${path}/${id}/${move}`, { method: "POST" }));
    this.onChange();
  }

  /** @param {Kind} kind */
  async #edit(kind) {
    if (this.#job && (await editJob(kind, this.#job))) this.onChange();
  }

  /**
   * @param {Kind} kind
   * @param {string} id
   */
  async #delete({ list, noun, path, lostWithIt }, id) {
    const consequence = `${lostWithIt} are deleted with it. This cannot be undone.`;
    if (!(await confirm(`Delete this ${noun}?`, consequence, `Delete ${noun}`))) return;
    const done = await attempt(this.#trouble, () => send(`${path}/${id}`, { method: "DELETE" }));
    if (done) navigate(pageUrl(list));
  }
}

customElements.define("job-actions", JobActions);
