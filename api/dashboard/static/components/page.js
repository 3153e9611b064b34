/**
 * What all pages share: they get their address, and stop their requests when the user leaves them.
 * @module
 */

import { keepTrying } from "../live/keep-trying.js";
import { show } from "../lib/dom.js";
import { notice } from "./notice.js";

export class Page extends HTMLElement {
  /** @type {import("../lib/router.js").Address} */
  address = { id: "", parameters: new URLSearchParams() };
  #left = new AbortController();

  /** Given when the page is left. */
  get signal() {
    return this.#left.signal;
  }

  connectedCallback() {
    this.#left = new AbortController();
    this.start();
  }

  disconnectedCallback() {
    this.#left.abort();
  }

  /** Show the page; called each time it is entered. */
  start() {}

  /**
   * Ask the service again and again while the page is there.
   * @param {(signal: AbortSignal) => Promise<number | null>} ask see keepTrying
   * @param {Element} [place] where a refusal is shown
   * @returns {() => void} stops asking before the page is left
   */
  keepAsking(ask, place = this) {
    const enough = new AbortController();
    keepTrying(AbortSignal.any([this.signal, enough.signal]), ask, (error) => show(place, notice(error)));
    return () => enough.abort();
  }
}
