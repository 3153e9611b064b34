/**
 * All data sets that the reader can use: built in, folders on the server, sent; and a way to send one.
 * @module
 */

import { LiveTable } from "../components/live-table.js";
import { Page } from "../components/page.js";
import { SendImages } from "../components/send-images.js";
import { countWords, ORIGINS, sizeWords } from "../datasets/words.js";
import { h, setText, show } from "../lib/dom.js";
import { formatAge, formatMoment } from "../lib/format.js";
import { datasetPage } from "../lib/paths.js";
import { setTitle } from "../lib/router.js";
import { getAll } from "../service/client.js";

/** @typedef {import("../service/types.js").Dataset} Dataset */
/** @typedef {import("../components/live-table.js").Column<Dataset>} Column */

const WHILE_CHECKED = 3_000;
const WHILE_STILL = 10_000;

export class DatasetsPage extends Page {
  #body = h("div");
  /** @type {LiveTable<Dataset>} */
  #table = new LiveTable({ caption: "Data sets", class: "stacked", columns: COLUMNS, keyOf: ({ name }) => name });

  start() {
    setTitle("Data sets");
    show(this, h("h1", {}, "Data sets"), h(SendImages), this.#body);
    this.keepAsking((signal) => this.#ask(signal), this.#body);
  }

  /** @param {AbortSignal} signal */
  async #ask(signal) {
    const data = await getAll("datasets", { signal, limit: 1000 });
    if (!this.#table.element.isConnected) show(this.#body, this.#table.element);
    this.#table.show(data);
    return data.some(({ state }) => state === "checking") ? WHILE_CHECKED : WHILE_STILL;
  }
}

/** @type {Column[]} */
const COLUMNS = [
  { name: "Data set", isHead: true, create: ({ name }) => [h("a", { href: datasetPage(name), class: "search-name", title: name }, name)], update: () => {} },
  { name: "State", create: () => [h("span", { class: "badge" })], update: (cell, { state }) => showState(cell, state) },
  { name: "Classes", class: "number", update: (cell, { classes }) => setText(cell, countWords(classes)) },
  { name: "Training images", class: "number", update: (cell, { images }) => setText(cell, countWords(images)) },
  { name: "First image, pixels", class: "number", update: (cell, { image_size }) => setText(cell, sizeWords(image_size)) },
  { name: "Origin", update: (cell, { available, kind }) => setText(cell, `${ORIGINS[kind]}${available || kind !== "builtin" ? "" : ", downloaded on first use"}`) },
  {
    name: "Sent",
    class: "quiet",
    update: (cell, { created_at }) => {
      setText(cell, created_at ? formatAge(created_at) : "–");
      cell.title = created_at ? formatMoment(created_at) : "";
    },
  },
];

/**
 * @param {HTMLElement} cell
 * @param {Dataset["state"]} state
 */
function showState(cell, state) {
  const badge = /** @type {HTMLElement} */ (cell.firstElementChild);
  badge.dataset.status = state;
  setText(badge, state);
}

customElements.define("datasets-page", DatasetsPage);
