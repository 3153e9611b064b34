/**
 * How much of the service is free, in a line.
 * @module
 */

import { h, setText } from "../lib/dom.js";
import { formatDuration, formatNumberOf, secondsUntil } from "../lib/format.js";

/** @typedef {import("../service/types.js").Capacity} Capacity */
/** @typedef {import("../service/types.js").Search} Search */

class CapacityStrip extends HTMLElement {
  #busy = h("span", {});
  #queue = h("span", {});
  #start = h("span", { class: "quiet" });

  connectedCallback() {
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", "Capacity");
    this.replaceChildren(this.#busy, this.#queue, this.#start);
  }

  /**
   * @param {Capacity} capacity
   * @param {Search[]} running searches whose ends are expected
   */
  showCapacity(capacity, running) {
    this.dataset.state = capacity.workers === 0 ? "none" : capacity.idle > 0 ? "free" : "full";
    setText(this.#busy, capacity.workers ? `${capacity.busy} of ${formatNumberOf(capacity.workers, "worker")} busy` : "no worker is up");
    setText(this.#queue, capacity.queued ? `${capacity.queued} queued` : "nothing queued");
    setText(this.#start, nextStart(capacity, running));
  }
}

/**
 * When a search submitted now would start, as far as can be told.
 * @param {Capacity} capacity
 * @param {Search[]} running
 */
function nextStart(capacity, running) {
  if (capacity.workers === 0) return "searches wait until one starts";
  if (capacity.idle > capacity.queued) return "a new search starts at once";
  const ends = running.flatMap(({ progress }) => (progress.eta ? [secondsUntil(progress.eta)] : [])).sort((a, b) => a - b);
  if (ends.length === 0) return "";
  return `next worker free in about ${formatDuration(ends[0])}`;
}

customElements.define("capacity-strip", CapacityStrip);
