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
  #place = h("span", { hidden: true }, "on ", this.#worker);
  #attempt = h("span", { hidden: true });
  #age = h("span");
  /** @type {string | null} */
  #workerId = null;

  connectedCallback() {
    show(this, this.#what, this.#place, this.#attempt, this.#age);
  }

  /** @param {Search} search */
  set search({ attempt, created_at, spec, worker }) {
    setText(this.#what, `${spec.dataset} · preset ${spec.preset} · seed ${spec.seed}`);
    setText(this.#attempt, formatNumberOf(attempt, "attempt"));
    this.#attempt.hidden = attempt < 2;
    setText(this.#age, `submitted ${formatAge(created_at)}`);
    this.#age.title = formatMoment(created_at);
    this.#place.hidden = worker === null;
    if (worker !== this.#workerId) this.#nameWorker(worker);
  }

  /** @param {string | null} id */
  async #nameWorker(id) {
    this.#workerId = id;
    setText(this.#worker, id ?? "");
    if (id === null) return;
    const { data } = await getJson("workers").catch(() => ({ data: [] }));
    const found = data.find((/** @type {import("../service/types.js").Worker} */ worker) => worker.id === id);
    if (found && this.#workerId === id) setText(this.#worker, found.name);
  }
}

customElements.define("search-facts", SearchFacts);
