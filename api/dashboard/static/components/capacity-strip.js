/**
 * How much of the service is free, in a line: a square for each worker, the queue, the next start.
 * @module
 */

import { h, setText, show } from "../lib/dom.js";
import { formatDuration, formatNumberOf, formatWhen, secondsUntil } from "../lib/format.js";

/** @typedef {import("../service/types.js").Capacity} Capacity */

const MOST_SQUARES = 24;
const AT_ONCE = 5;

export class CapacityStrip extends HTMLElement {
  #squares = h("span", { class: "squares", "aria-hidden": "true" });
  #busy = h("span", {});
  #queue = h("span", {});
  #start = h("span", { class: "quiet" });

  connectedCallback() {
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", "Capacity");
    this.replaceChildren(this.#squares, this.#busy, this.#queue, this.#start);
  }

  /** @param {Capacity} capacity */
  set capacity(capacity) {
    const { workers, busy, idle, queued } = capacity;
    this.dataset.state = workers === 0 ? "none" : idle > 0 ? "free" : "full";
    const states = [...Array(busy).fill("busy"), ...Array(idle).fill("idle"), ...Array(Math.max(0, workers - busy - idle)).fill("draining")];
    show(this.#squares, states.slice(0, MOST_SQUARES).map((state) => h("span", { "data-state": state })));
    setText(this.#busy, workers ? `${busy} of ${formatNumberOf(workers, "worker")} busy` : "No worker is running");
    setText(this.#queue, queued ? `${queued} queued` : "nothing queued");
    setText(this.#start, nextStart(capacity));
  }
}

/**
 * When a search submitted now would start, as far as the service can tell.
 * @param {Capacity} capacity
 */
function nextStart({ workers, next_start_at }) {
  if (workers === 0) return "jobs wait until you start one with “pdarts worker” or “make up”";
  if (next_start_at === null) return "it is not known yet when a new search would start";
  const seconds = secondsUntil(next_start_at);
  return seconds < AT_ONCE ? "a new search would start right away" : `a new search would start in about ${formatDuration(seconds)}, at ${formatWhen(next_start_at)}`;
}

customElements.define("capacity-strip", CapacityStrip);
