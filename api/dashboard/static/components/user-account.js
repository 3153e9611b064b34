/**
 * Whose key the tab has, and a button to sign out.
 * @module
 */

import { h, show } from "../lib/dom.js";
import { formatMoment } from "../lib/format.js";
import { freshness } from "../live/freshness.js";
import { signOut } from "../service/key.js";
import { whoAmI } from "../service/me.js";

/** @typedef {import("../service/types.js").Me} Me */

export class UserAccount extends HTMLElement {
  #shown = "";
  #look = () => this.#ask();

  connectedCallback() {
    addEventListener("pdarts:key-changed", this.#look);
    // While the service is away it cannot say; once it answers, it is asked.
    freshness.addEventListener("change", this.#look);
    this.#ask();
  }

  disconnectedCallback() {
    removeEventListener("pdarts:key-changed", this.#look);
    freshness.removeEventListener("change", this.#look);
  }

  async #ask() {
    if (freshness.connection === "lost") return;
    const me = await whoAmI().catch(() => null);
    if (me) this.#show(me);
  }

  /** @param {Me} me */
  #show(me) {
    const state = JSON.stringify(me);
    if (state === this.#shown) return;
    this.#shown = state;
    this.dispatchEvent(new CustomEvent("pdarts:me", { detail: me, bubbles: true }));
    const words = me.key && `Key “${me.key.name}” (${me.scopes.join(", ")})${me.key.expires_at ? `, expires ${formatMoment(me.key.expires_at)}` : ""}`;
    show(this, me.key && h("span", { class: "quiet", title: words }, me.owner), me.key && h("button", { type: "button", class: "text-button", onclick: signOut }, "Sign out"));
  }
}

customElements.define("user-account", UserAccount);
