/**
 * One data set: what is in it, what its check found, and a way to a search.
 * @module
 */

import { ClassSamples } from "../components/class-samples.js";
import { DatasetActions } from "../components/dataset-actions.js";
import { findingList } from "../components/finding-list.js";
import { KeyFigures } from "../components/key-figures.js";
import { Page } from "../components/page.js";
import { fillProgress, progressBar } from "../components/progress-bar.js";
import { copyButton } from "../components/copy-button.js";
import { countWords, leftOutWords, ORIGINS, stateSentence } from "../datasets/words.js";
import { h, setText, show } from "../lib/dom.js";
import { formatBytes, formatMoment } from "../lib/format.js";
import { DATASETS, pageUrl } from "../lib/paths.js";
import { setTitle } from "../lib/router.js";
import { getJson } from "../service/client.js";

/** @typedef {import("../service/types.js").DatasetDetails} DatasetDetails */

const WHILE_CHECKED = 2_000;

export class DatasetPage extends Page {
  #badge = h("span", { class: "badge" });
  #sentence = h("p", { class: "sentence", role: "status" });
  #bar = progressBar();
  #actions = h(DatasetActions);
  #findings = h("div");
  #figures = h(KeyFigures);
  #facts = h("div");
  #classes = h(ClassSamples);
  #shown = "";
  #stop = () => {};

  start() {
    this.#actions.onChange = () => this.#follow();
    this.#shown = "";
    this.#follow();
  }

  #follow() {
    this.#stop();
    this.#stop = this.keepAsking(async (signal) => {
      const dataset = await getJson(`datasets/${this.address.id}`, { signal });
      if (this.#shown === "") this.#lay(dataset);
      this.#show(dataset);
      return dataset.state === "checking" ? WHILE_CHECKED : null;
    });
  }

  /** @param {DatasetDetails} dataset */
  #lay({ kind, name }) {
    setTitle(name);
    show(
      this,
      h("p", { class: "crumbs" }, h("a", { href: pageUrl(DATASETS) }, "Data sets")),
      h("div", { class: "page-head" }, h("div", { class: "title-row" }, h("h1", {}, name), this.#badge), this.#actions),
      h("p", { class: "quiet" }, `Origin: ${ORIGINS[kind]}`),
      this.#sentence,
      this.#bar,
      this.#findings,
      this.#figures,
      this.#classes,
      this.#facts,
    );
  }

  /** @param {DatasetDetails} dataset */
  #show(dataset) {
    const { check, state, ...rest } = dataset;
    this.#badge.dataset.status = state;
    setText(this.#badge, state);
    setText(this.#sentence, stateSentence(dataset));
    this.#bar.hidden = state !== "checking";
    fillProgress(this.#bar, check?.fraction ?? 0, "Progress of the check");
    this.#actions.showDataset(dataset);
    // What a new check finds is shown even where it is the same as before; progress alone changes nothing below.
    const shown = JSON.stringify([state, check?.id, rest]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    show(this.#findings, findingList(dataset));
    this.#figures.showFigures(figuresOf(dataset));
    this.#classes.showDataset(dataset);
    show(this.#facts, facts(dataset));
  }
}

/**
 * @param {DatasetDetails} dataset
 * @returns {import("../components/key-figures.js").Figure[]}
 */
function figuresOf({ bytes, classes, images, image_size, sizes, test_images }) {
  const smallest = sizes ? `${sizes.least_height} × ${sizes.least_width}` : image_size ? `${image_size.height} × ${image_size.width}` : "–";
  const range = sizes && !sizes.equal ? `${smallest} to ${sizes.most_height} × ${sizes.most_width}` : smallest;
  const sameness = sizes ? (sizes.equal ? "pixels, all images" : "pixels; set image_size for a search") : image_size ? "pixels, the first image" : "";
  return [
    { name: "Classes", value: countWords(classes), words: "" },
    { name: "Training images", value: countWords(images), words: bytes === null ? "" : `${formatBytes(bytes)} with the test images` },
    { name: "Test images", value: countWords(test_images), words: test_images === 0 ? "none: set valid_portion for an evaluation" : "" },
    { name: "Height × width", value: range, words: sameness, mood: sizes && !sizes.equal ? "warn" : undefined },
  ];
}

/** @param {DatasetDetails} dataset */
function facts({ created_at, digest, left_out, mean, notes, std }) {
  const leftOut = leftOutWords(left_out);
  /** @type {[string, import("../lib/dom.js").Child[]][]} */
  const all = [
    ["Sent", created_at ? [formatMoment(created_at)] : []],
    ["Digest", digest ? [h("div", { class: "command" }, h("pre", { tabindex: "0", "aria-label": "Digest" }, h("code", {}, digest)), copyButton("Copy", () => digest))] : []],
    ["Mean of each channel, 0 to 1", mean ? [channelWords(mean)] : []],
    ["Standard deviation of each channel", std ? [channelWords(std)] : []],
    ["Left out because they are not images", leftOut ? [leftOut] : []],
    ["The archive", notes.length ? [h("ul", {}, notes.map((note) => h("li", {}, note)))] : []],
  ];
  const known = all.filter(([, value]) => value.length > 0);
  return known.length > 0 && h("section", { class: "card", "aria-labelledby": "dataset-facts" }, h("h2", { id: "dataset-facts" }, "Details"), h("dl", { class: "dataset-facts" }, known.map(([name, value]) => h("div", {}, h("dt", { class: "quiet" }, name), h("dd", {}, ...value)))));
}

/** @param {number[]} channels */
const channelWords = (channels) => channels.map((value) => value.toFixed(3)).join(", ");

customElements.define("dataset-page", DatasetPage);
