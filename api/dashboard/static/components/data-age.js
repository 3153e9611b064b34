/**
 * Says how old what the page shows is.
 * @module
 */

import { setText } from "../lib/dom.js";
import { formatDuration } from "../lib/format.js";
import { freshness } from "../live/freshness.js";

export class DataAge extends HTMLElement {
  #update = () => this.#show();
  /** @type {number | undefined} */
  #timer;

  connectedCallback() {
    this.setAttribute("role", "status");
    freshness.addEventListener("change", this.#update);
    this.#timer = setInterval(this.#update, 1000);
    this.#show();
  }

  disconnectedCallback() {
    freshness.removeEventListener("change", this.#update);
    clearInterval(this.#timer);
  }

  #show() {
    const age = formatDuration((Date.now() - freshness.answeredAt) / 1000);
    const words = {
      loading: "Loading…",
      live: "Live",
      still: "Up to date",
      resting: `Paused · data ${age} old`,
      lost: `Reconnecting · data ${age} old`,
    };
    this.dataset.connection = freshness.connection;
    setText(this, words[freshness.connection]);
  }
}

customElements.define("data-age", DataAge);
