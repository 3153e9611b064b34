/**
 * Accuracy and loss of several searches, of either half of the images: smoothed and zoomed as wanted.
 * @module
 */

import { EpochAxis } from "../charts/epoch-axis.js";
import { smooth } from "../charts/line-data.js";
import { LineChart } from "../charts/line-chart.js";
import { h, setText, show } from "../lib/dom.js";
import { formatPercent } from "../lib/format.js";
import { shortNumber, wholePercent } from "./epoch-curves.js";

/** @typedef {import("../service/types.js").Search} Search */
/** @typedef {import("../service/types.js").Epoch} Epoch */
/** @typedef {{letter: string, style: number, search: Search, epochs: Epoch[]}} Compared */
/** @typedef {"valid" | "train"} Half */

/** @type {[half: Half, words: string][]} */
const HALVES = [["valid", "Second half"], ["train", "Training half"]];
const MOST_SMOOTHING = 95;

export class ComparedCurves extends HTMLElement {
  /** @type {Compared[]} */
  #compared = [];
  /** @type {Half} */
  #half = "valid";
  #halves = h("div", { class: "segmented", role: "group", "aria-label": "Images" }, HALVES.map(([half, words]) => h("button", { type: "button", "data-half": half, onclick: () => this.#choose(half) }, words)));
  #smoothing = h("input", { type: "range", id: "curve-smoothing", min: "0", max: String(MOST_SMOOTHING), step: "5", value: "0", oninput: () => this.#draw() });
  #strength = h("output", { for: "curve-smoothing" });
  #from = h("input", { type: "number", id: "curve-from", min: "1", inputmode: "numeric", oninput: () => this.#draw() });
  #to = h("input", { type: "number", id: "curve-to", min: "1", inputmode: "numeric", oninput: () => this.#draw() });
  #whole = h("button", { type: "button", onclick: () => this.#zoomOut() }, "All epochs");
  #note = h("p", { class: "quiet" });
  #accuracy = h(LineChart, { class: "card" });
  #loss = h(LineChart, { class: "card" });

  connectedCallback() {
    show(
      this,
      h(
        "section",
        { class: "card curve-tools", "aria-label": "Curves" },
        this.#halves,
        h("div", { class: "slider" }, h("label", { for: "curve-smoothing" }, "Smoothing"), this.#smoothing, this.#strength),
        h("div", { class: "filter" }, h("label", { for: "curve-from" }, "From epoch"), this.#from, h("label", { for: "curve-to" }, "to"), this.#to, this.#whole),
        this.#note,
        h("p", { class: "quiet sub" }, "Second half: the images that train the alphas, not the weights."),
      ),
      this.#accuracy,
      this.#loss,
    );
  }

  /** @param {Compared[]} compared */
  showSearches(compared) {
    this.#compared = compared;
    this.#draw();
  }

  /** @param {Half} half */
  #choose(half) {
    this.#half = half;
    this.#draw();
  }

  #zoomOut() {
    this.#from.value = this.#to.value = "";
    this.#draw();
  }

  #draw() {
    const last = Math.max(2, ...this.#compared.map(({ search }) => new EpochAxis(search.spec.stages).length));
    const from = epochIn(this.#from, { least: 1, most: last - 1, otherwise: 1 });
    const to = epochIn(this.#to, { least: from + 1, most: last, otherwise: last });
    this.#from.placeholder = "1";
    this.#to.placeholder = String(last);
    const weight = Number(this.#smoothing.value) / 100;
    setText(this.#strength, weight ? formatPercent(weight, 0) : "off");
    for (const button of this.#halves.children) button.setAttribute("aria-pressed", String(button.getAttribute("data-half") === this.#half));
    const isSecond = this.#half === "valid";
    setText(this.#note, `${isSecond ? "Images that train no weights; measured in the last epochs of each stage." : "Images that train the weights."} Epochs are numbered through all stages.`);
    const around = { nameX: (/** @type {number} */ x) => `epoch ${x}`, leastX: from, mostX: to };
    const place = `on the ${isSecond ? "second" : "training"} half${weight ? ", smoothed" : ""}`;
    this.#accuracy.chart = { ...around, title: `Accuracy ${place}`, format: wholePercent, bounds: [0, 1], series: this.#series(`${this.#half}_accuracy`, weight, from, to) };
    this.#loss.chart = { ...around, title: `Loss ${place}`, format: shortNumber, bounds: [0, Infinity], series: this.#series(`${this.#half}_loss`, weight, from, to) };
  }

  /**
   * @param {`${Half}_${"accuracy" | "loss"}`} field
   * @param {number} weight
   * @param {number} from
   * @param {number} to
   * @returns {import("../charts/line-data.js").Series[]}
   */
  #series(field, weight, from, to) {
    return this.#compared.map(({ letter, style, search, epochs }) => {
      const axis = new EpochAxis(search.spec.stages);
      /** @type {import("../charts/line-data.js").Point[]} */
      const measured = epochs.map((epoch) => [axis.at(epoch), epoch[field]]);
      return { name: letter, style, points: smooth(measured, weight).filter(([x]) => x >= from && x <= to) };
    });
  }
}

/**
 * @param {HTMLInputElement} input
 * @param {{least: number, most: number, otherwise: number}} bounds `otherwise`: where no epoch is typed
 */
function epochIn(input, { least, most, otherwise }) {
  const typed = Number(input.value);
  return input.value === "" || !Number.isInteger(typed) ? otherwise : Math.min(Math.max(typed, least), most);
}

customElements.define("compared-curves", ComparedCurves);
