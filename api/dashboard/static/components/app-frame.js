/**
 * The frame around every page: its head with the pages, the age of the data and the theme.
 * @module
 */

import { h } from "../lib/dom.js";
import { docsUrl, pageUrl } from "../lib/paths.js";
import "./data-age.js";
import "./theme-toggle.js";

const PAGES = [
  ["", "Searches"],
  ["new", "New search"],
  ["compare", "Compare"],
  ["workers", "Workers"],
];

export class AppFrame extends HTMLElement {
  /** Where pages are shown. */
  place = h("main", { id: "main", tabindex: "-1" });
  #links = PAGES.map(([path, name]) => h("a", { href: pageUrl(path) }, name));

  connectedCallback() {
    const brand = h("a", { href: pageUrl(), class: "brand" }, h("span", { class: "brand-mark", "aria-hidden": "true" }), "P-DARTS");
    this.replaceChildren(
      h("a", { href: "#main", class: "skip-link" }, "To the content"),
      h(
        "header",
        { class: "frame-head" },
        brand,
        h("nav", { "aria-label": "Pages" }, this.#links),
        h("div", { class: "frame-tools" }, h("data-age"), h("a", { href: docsUrl, target: "_self", class: "quiet" }, "API"), h("theme-toggle")),
      ),
      this.place,
    );
  }

  /** Mark the link to the page that is shown. */
  markPage() {
    for (const link of this.#links) {
      const isHere = link.pathname === location.pathname.replace(/\/$/, "");
      if (isHere) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }
}

customElements.define("app-frame", AppFrame);
