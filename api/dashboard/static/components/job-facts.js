/**
 * What a job is, in a line: its data set, main settings, worker, attempts, age.
 * @module
 */

import { h, setText, show } from "../lib/dom.js";
import { formatAge, formatMoment, formatNumberOf } from "../lib/format.js";
import { datasetPage, pageUrl } from "../lib/paths.js";
import { getJson } from "../service/client.js";

export class JobFacts extends HTMLElement {
  #dataset = h("a");
  #settings = h("span");
  #worker = h("a", { href: pageUrl("workers") });
  #place = h("span", { hidden: true }, "on ", this.#worker);
  #attempts = h("span", { hidden: true });
  #age = h("span");
  /** @type {string | null} */
  #workerId = null;

  connectedCallback() {
    show(this, this.#dataset, this.#settings, this.#place, this.#attempts, this.#age);
  }

  /**
   * @param {import("../jobs/kind.js").Kind<any>} kind
   * @param {import("../jobs/kind.js").Job} job
   */
  showJob(kind, job) {
    const { attempts, created_at, spec, worker } = job;
    setText(this.#dataset, spec.dataset);
    this.#dataset.href = datasetPage(spec.dataset);
    setText(this.#settings, kind.settingsOf(job));
    setText(this.#attempts, formatNumberOf(attempts, "attempt"));
    this.#attempts.hidden = attempts < 2;
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
    const workers = await getJson("workers").catch(() => null);
    const found = workers?.data.find((worker) => worker.id === id);
    if (found && this.#workerId === id) setText(this.#worker, found.name);
  }
}

customElements.define("job-facts", JobFacts);
