/**
 * Marks jobs of a list for comparing: a column with boxes, and buttons that compare or clear what is marked.
 * @module
 */

import { MOST_COMPARED, marksOf } from "../jobs/marked.js";
import { h, part, setText } from "../lib/dom.js";
import { navigate } from "../lib/router.js";

/** @template {import("../jobs/kind.js").Job} J */
export class MarkTools {
  #marks;
  #showAgain;
  #compare;
  #clear = h("button", { type: "button", hidden: true, onclick: () => this.#clearMarks() }, "Clear selection");
  /** @type {import("./live-table.js").Column<J>} */
  column;

  /**
   * @param {import("../jobs/kind.js").Kind<J>} kind
   * @param {(ids: Iterable<string>) => string} addressOf the page that compares
   * @param {() => void} showAgain shows the list again, after all marks were cleared
   */
  constructor(kind, addressOf, showAgain) {
    const marks = (this.#marks = marksOf(kind));
    this.#showAgain = showAgain;
    this.#compare = h("button", { type: "button", disabled: true, onclick: () => navigate(addressOf(marks)) }, "Compare");
    this.column = {
      name: "Compare",
      class: "cell-choose",
      label: false,
      isNameHidden: true,
      create: ({ id }) => {
        const box = h("input", { type: "checkbox", onchange: () => this.#mark(id, box.checked) });
        return [box];
      },
      update: (cell, job) => {
        const box = part(cell, "input");
        box.checked = marks.has(job.id);
        box.setAttribute("aria-label", `Compare ${kind.nameOf(job)}`);
      },
    };
  }

  /** The buttons. */
  get buttons() {
    return [this.#clear, this.#compare];
  }

  /** Show how many are marked. */
  show() {
    const number = this.#marks.size;
    this.#clear.hidden = number === 0;
    this.#compare.disabled = number < 2 || number > MOST_COMPARED;
    setText(this.#compare, number > MOST_COMPARED ? `Compare at most ${MOST_COMPARED}` : number ? `Compare ${number}` : "Compare");
  }

  /**
   * @param {string} id
   * @param {boolean} wanted
   */
  #mark(id, wanted) {
    if (wanted) this.#marks.add(id);
    else this.#marks.delete(id);
    this.show();
  }

  #clearMarks() {
    this.#marks.clear();
    this.#showAgain();
    this.show();
  }
}
