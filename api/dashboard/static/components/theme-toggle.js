/**
 * Switches between dark and light; until it is used, the system's choice holds.
 * @module
 */

import { h } from "../lib/dom.js";
import { keptByBrowser } from "../lib/kept.js";

const NAME = "pdarts.theme";
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

export class ThemeToggle extends HTMLElement {
  #button = h("button", { type: "button", class: "icon-button", onclick: () => this.#switch() });

  connectedCallback() {
    this.replaceChildren(this.#button);
    systemIsDark.addEventListener("change", this.#label);
    this.#label();
  }

  disconnectedCallback() {
    systemIsDark.removeEventListener("change", this.#label);
  }

  get #isDark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : systemIsDark.matches;
  }

  #switch() {
    const next = this.#isDark ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    keptByBrowser.set(NAME, next);
    this.#label();
  }

  #label = () => {
    const [sign, name] = this.#isDark ? /** @type {const} */ (["☀", "Use light theme"]) : /** @type {const} */ (["☾", "Use dark theme"]);
    this.#button.textContent = sign;
    this.#button.setAttribute("aria-label", name);
    this.#button.title = name;
  };
}

customElements.define("theme-toggle", ThemeToggle);
