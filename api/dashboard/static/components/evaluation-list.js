/**
 * The evaluations of a genotype, or of a search's genotypes, side by side and live: how good the trained networks are.
 * @module
 */

import { isActive } from "../jobs/status.js";
import { h, show } from "../lib/dom.js";
import { getJson } from "../service/client.js";
import { EVALUATION_COLUMNS } from "./evaluation-columns.js";
import { LiveTable } from "./live-table.js";

const MOST = 50;
const WHILE_ACTIVE = 3_000;

export class EvaluationList extends HTMLElement {
  /** @type {LiveTable<import("../service/types.js").Evaluation>} */
  #table = new LiveTable({ caption: "Evaluations", class: "searches evaluations", columns: EVALUATION_COLUMNS, keyOf: ({ id }) => id });

  /**
   * Read and show the evaluations; nothing if there are none. For keepAsking.
   * @param {{genotype: string} | {search: string}} origin
   * @param {AbortSignal} signal
   * @returns {Promise<number | null>} milliseconds to the next look
   */
  async ask(origin, signal) {
    const query = new URLSearchParams({ ...origin, limit: String(MOST) });
    const { data } = await getJson(`evaluations?${query}`, { signal });
    if (data.length > 0 && !this.firstChild) show(this, h("h2", {}, "Evaluations"), this.#table.element);
    this.#table.show(data);
    return data.some(({ status }) => isActive(status)) ? WHILE_ACTIVE : null;
  }
}

customElements.define("evaluation-list", EvaluationList);
