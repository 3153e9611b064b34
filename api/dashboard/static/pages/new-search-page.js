/**
 * A new search.
 * @module
 */

import { Page } from "../components/page.js";
import { SearchForm } from "../components/search-form.js";
import { h, show } from "../lib/dom.js";
import { setTitle } from "../lib/router.js";

export class NewSearchPage extends Page {
  start() {
    setTitle("New search");
    const { parameters } = this.address;
    const given = Object.fromEntries(["preset", "dataset", "image_size", "skip_invalid", "like"].map((name) => [name, parameters.get(name)]));
    show(this, h("h1", {}, "New search"), h("section", { class: "card" }, h(SearchForm, given)));
  }
}

customElements.define("new-search-page", NewSearchPage);
