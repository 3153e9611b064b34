/**
 * What a search is, in a line: data set, preset, seed, worker, age.
 * @module
 */

import { h, setText, show } from "../lib/dom.js";
import { formatAge, formatMoment, formatNumberOf } from "../lib/format.js";
import { pageUrl } from "../lib/paths.js";
import { getJson } from "../service/client.js";

/** @typedef {import("../service/types.js").Search} Search */

class SearchFacts extends HTMLElement {
  #what = h("span");
  #worker = h("a", { href: pageUrl("workers") });
  #attempt = h("span");
  #age = h("span");
  /** @type {string | null} */
  #workerId = null;

  /** @param {Search} search */
  set search({ attempt, created_at, spec, worker }) {
    setText(this.#what, `${spec.dataset} · preset ${spec.preset} · seed ${spec.seed}`);
    setText(this.#attempt, attempt > 1 ? formatNumberOf(attempt, "attempt") : "");
    setText(this.#age, `submitted ${formatAge(created_at)}`);
    this.#age.title = formatMoment(created_at);
    if (worker !== this.#workerId) this.#nameWorker(worker);
    const parts = [this.#what, worker !== null && h("span", {}, "on ", this.#worker), attempt > 1 && this.#attempt, this.#age].filter(Boolean);
    if (parts.length !== this.childElementCount || worker !== this.#workerId) show(this, ...parts);
    this.#workerId = worker;
  }

  /** @param {string | null} id */
  async #nameWorker(id) {
    setText(this.#worker, id ?? "");
    if (id === null) return;
    const { data } = await getJson("workers").catch(() => ({ data: [] }));
    const found = data.find((/** @type {import("../service/types.js").Worker} */ worker) => worker.id === id);
    if (found && this.#workerId === id) setText(this.#worker, found.name);
  }
}

customElements.define("search-facts", SearchFacts);
