/**
 * The frame around every page: its head with the pages, the age of the data, whose key it is and the theme.
 * @module
 */

import { h } from "../lib/dom.js";
import { docsUrl, pageUrl } from "../lib/paths.js";
import { DataAge } from "./data-age.js";
import { ThemeToggle } from "./theme-toggle.js";
import { UserAccount } from "./user-account.js";

/** @type {[path: string, name: string][]} */
const PAGES = [
  ["", "Searches"],
  ["new", "New search"],
  ["datasets", "Data sets"],
  ["genotypes", "Genotypes"],
  ["evaluations", "Evaluations"],
  ["compare", "Compare"],
  ["workers", "Workers"],
];

export class AppFrame extends HTMLElement {
  /** Where pages are shown. */
  place = h("main", { id: "main", tabindex: "-1" });
  #keys = link("keys", "Keys");
  #links = [...PAGES.map(([path, name]) => link(path, name)), this.#keys];

  connectedCallback() {
    const brand = h("a", { href: pageUrl(), class: "brand" }, h("span", { class: "brand-mark", "aria-hidden": "true" }), "P-DARTS");
    this.#keys.hidden = true;
    this.addEventListener("pdarts:me", (event) => {
      const { scopes } = /** @type {CustomEvent<import("../service/me.js").Me>} */ (event).detail;
      this.#keys.hidden = !scopes.includes("admin");
      this.markPage();
    });
    this.replaceChildren(
      h("a", { href: "#main", class: "skip-link" }, "Skip to content"),
      h(
        "header",
        { class: "frame-head" },
        brand,
        h("nav", { "aria-label": "Pages" }, this.#links),
        h("div", { class: "frame-tools" }, h(DataAge), h(UserAccount), h("a", { href: docsUrl, target: "_self", class: "quiet" }, "API"), h(ThemeToggle)),
      ),
      this.place,
    );
  }

  /** Mark the link to the page that is shown. */
  markPage() {
    for (const one of this.#links) {
      const isHere = one.pathname === location.pathname.replace(/\/$/, "");
      if (isHere) {
        one.setAttribute("aria-current", "page");
        // On a narrow screen the links are a strip that scrolls.
        one.scrollIntoView({ block: "nearest", inline: "nearest" });
      } else one.removeAttribute("aria-current");
    }
  }
}

/**
 * @param {string} path
 * @param {string} name
 */
const link = (path, name) => h("a", { href: pageUrl(path) }, name);

customElements.define("app-frame", AppFrame);
