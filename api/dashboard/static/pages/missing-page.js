/**
 * What an address that names nothing shows.
 * @module
 */

import { Page } from "../components/page.js";
import { h, show } from "../lib/dom.js";
import { pageUrl } from "../lib/paths.js";
import { setTitle } from "../lib/router.js";
import { freshness } from "../live/freshness.js";

class MissingPage extends Page {
  start() {
    setTitle("Nothing here");
    freshness.set("still");
    show(this, h("h1", {}, "There is nothing at this address"), h("p", {}, h("a", { href: pageUrl() }, "To the searches")));
  }
}

customElements.define("missing-page", MissingPage);
