/**
 * What an address that names nothing shows.
 * @module
 */

import { Page } from "../components/page.js";
import { h, show } from "../lib/dom.js";
import { pageUrl } from "../lib/paths.js";
import { setTitle } from "../lib/router.js";
import { freshness } from "../live/freshness.js";

export class MissingPage extends Page {
  start() {
    setTitle("Page not found");
    freshness.set("still");
    show(this, h("h1", {}, "Page not found"), h("p", {}, h("a", { href: pageUrl() }, "Go to searches")));
  }
}

customElements.define("missing-page", MissingPage);
