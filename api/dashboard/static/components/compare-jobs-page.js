/**
 * Up to ten jobs of a kind beside each other: what such pages share.
 * @module
 */

import { MOST_COMPARED } from "../jobs/marked.js";
import { isActive } from "../jobs/status.js";
import { h, show } from "../lib/dom.js";
import { pageUrl } from "../lib/paths.js";
import { setTitle } from "../lib/router.js";
import { isAborted, isPassing } from "../service/problem.js";
import { notice } from "./notice.js";
import { Page } from "./page.js";

const WHILE_ACTIVE = 10_000;

/**
 * @template {import("../jobs/kind.js").Job} J
 * @template {{epochs: unknown[]}} C what is compared of a job
 */
export class CompareJobsPage extends Page {
  #kind;
  #title;
  #state = "";

  /**
   * @param {import("../jobs/kind.js").Kind<J>} kind
   * @param {string} title
   */
  constructor(kind, title) {
    super();
    this.#kind = kind;
    this.#title = title;
  }

  start() {
    setTitle(this.#title);
    const { list, path } = this.#kind;
    const ids = [...new Set((this.address.parameters.get("ids") ?? "").split(",").filter(Boolean))].slice(0, MOST_COMPARED);
    if (ids.length === 0) show(this, h("h1", {}, this.#title), h("p", { class: "empty" }, `Select two to ten ${path} in the `, h("a", { href: pageUrl(list) }, "list"), ", then press Compare."));
    else this.keepAsking((signal) => this.#ask(ids, signal));
  }

  /**
   * @param {string} _id
   * @param {number} _place among those that are compared
   * @param {AbortSignal} _signal
   * @returns {Promise<C>}
   */
  read(_id, _place, _signal) {
    throw new Error("each kind reads its own");
  }

  /**
   * @param {C} _compared
   * @returns {J}
   */
  jobOf(_compared) {
    throw new Error("each kind has its own");
  }

  /**
   * What of one, besides its state and epochs, calls for showing all anew.
   * @param {C} _compared
   * @returns {unknown}
   */
  markOf(_compared) {
    return null;
  }

  /**
   * @param {C[]} _compared one at least
   * @returns {(Element | false)[]}
   */
  partsOf(_compared) {
    return [];
  }

  /**
   * @param {string[]} ids
   * @param {AbortSignal} signal
   */
  async #ask(ids, signal) {
    const outcomes = await Promise.allSettled(ids.map((id, i) => this.read(id, i, signal)));
    const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    const passing = failures.find((error) => isAborted(error) || isPassing(error));
    if (passing) throw passing;
    const compared = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    const jobs = compared.map((one) => this.jobOf(one));
    const state = JSON.stringify(compared.map((one, i) => [jobs[i]?.id, jobs[i]?.status, one.epochs.length, this.markOf(one)]));
    if (state !== this.#state) show(this, h("h1", {}, this.#title), failures.map(notice), compared.length > 0 && this.partsOf(compared));
    this.#state = state;
    return jobs.some(({ status }) => isActive(status)) ? WHILE_ACTIVE : null;
  }
}
