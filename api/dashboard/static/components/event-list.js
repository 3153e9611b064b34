/**
 * The newest events of a job, live, and its whole log.
 * @module
 */

import { h, reconcile, setText, show } from "../lib/dom.js";
import { formatClock, formatMoment } from "../lib/format.js";
import { send } from "../service/client.js";

/** @typedef {import("../service/types.js").JobEvent} JobEvent */

const MOST_SHOWN = 100;

export class EventList extends HTMLElement {
  #list = h("ol");
  #scroll = h("div", { class: "events", tabindex: "0", role: "log", "aria-label": "Events, newest first" }, this.#list);
  #text = h("pre", { class: "log", tabindex: "0", "aria-label": "Log" });
  #log = h("details", { ontoggle: () => this.#readLog() }, h("summary", {}, "Full log"), this.#text);
  #path = "";
  #newest = 0;
  #wasOpened = false;

  connectedCallback() {
    this.replaceChildren(h("h2", {}, "Events"), this.#scroll, this.#log);
  }

  /**
   * @param {string} path of the job
   * @param {JobEvent[]} events the oldest first
   */
  showEvents(path, events) {
    this.#path = path;
    const newest = events.at(-1)?.seq ?? 0;
    if (newest === this.#newest) return;
    this.#newest = newest;
    const shown = events.slice(-MOST_SHOWN).reverse();
    reconcile(this.#list, shown, ({ seq }) => String(seq), line, () => {});
    this.#readLog();
  }

  /** Show the log without being asked for it, once: it tells why a job failed. */
  openLog() {
    if (this.#wasOpened) return;
    this.#wasOpened = true;
    this.#log.open = true;
  }

  async #readLog() {
    if (!this.#log.open) return;
    const response = await send(`${this.#path}/logs`).catch((error) => show(this.#text, String(error.message)));
    if (response) setText(this.#text, await response.text());
  }
}

/** @param {JobEvent} event */
function line({ time, level, message, type }) {
  return h("li", { "data-level": level, title: type }, h("time", { datetime: time, title: formatMoment(time) }, formatClock(time)), h("span", {}, level === "info" ? "" : `${level}: `, message));
}

customElements.define("event-list", EventList);
