/**
 * What an evaluation ended with: its figures, class by class, what was taken for what, the network to download.
 * @module
 */

import { confusionMap, MOST_CLASSES } from "../charts/confusion-map.js";
import { h, show } from "../lib/dom.js";
import { formatBytes, formatInterval, formatNumberOf, formatPercent } from "../lib/format.js";
import { download } from "../service/download.js";
import { classTable } from "./class-table.js";
import { IMAGES, isAsGuessing, SOURCES } from "./evaluation-words.js";
import { notice } from "./notice.js";
import { WrongImages } from "./wrong-images.js";

/** @typedef {import("../service/types.js").WholeResult} WholeResult */
/** @typedef {import("../service/types.js").MeasuredFigure} MeasuredFigure */

/** @type {[format: string, suffix: string, words: string][]} */
const FORMATS = [
  ["zip", "zip", "everything, with a model card"],
  ["safetensors", "safetensors", "weights"],
  ["torch", "pt", "weights, PyTorch"],
  ["onnx", "onnx", "the network, for any ONNX runtime"],
  ["python", "py", "a program that loads the safetensors"],
];

export class EvaluationResult extends HTMLElement {
  #isShown = false;

  /**
   * @param {`evaluations/${string}`} path of the evaluation
   * @param {WholeResult | null} result it never changes
   */
  showResult(path, result) {
    this.hidden = result === null;
    if (result === null || this.#isShown) return;
    this.#isShown = true;
    const wrong = h(WrongImages);
    show(this, h("section", { class: "card" }, h("h2", {}, "Result"), isAsGuessing(result) && guessNote(result), figures(result), h("h3", {}, "Download the network"), downloads(path, result)), classes(path, result), wrong);
    wrong.showWrong(path, result.wrong ?? []);
  }
}

/** @param {WholeResult} result */
const guessNote = ({ chance_accuracy }) =>
  h("div", { class: "signal-note" }, h("span", { class: "badge", "data-verdict": "none" }, "no better than guessing"), h("p", { class: "quiet" }, `The 95% interval of its accuracy reaches down to ${formatPercent(chance_accuracy)}, which naming the largest class each time would give. What may help: more epochs, more images.`));

/** @param {WholeResult} result */
function figures({ accuracy, balanced_accuracy, best, chance_accuracy, last_epochs, loss, source, top5, validation }) {
  const rows = /** @type {[string, MeasuredFigure | null | undefined][]} */ ([
    ["Accuracy", accuracy],
    ["Right class among the five most probable", top5],
    ["Accuracy, mean over the classes", balanced_accuracy],
    ["Accuracy on held-out images", source === "test" ? validation?.accuracy : null],
    ["Accuracy on held-out images, mean of the last five epochs", last_epochs],
    [`Accuracy on held-out images in epoch ${best?.epoch}, the best`, best?.accuracy],
  ]);
  const lines = rows.flatMap(([name, figure]) => (figure ? [[name, `${formatPercent(figure.value)} (95% interval ${formatInterval(figure)}, ${formatNumberOf(figure.images, "image")})`]] : []));
  const all = [...lines, ["Chance", `${formatPercent(chance_accuracy)}, from naming the largest class each time`], ["Loss", `${loss.value.toFixed(3)}`]];
  return h("div", {}, h("p", { class: "quiet" }, SOURCES[source]), h("dl", { class: "spec" }, all.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))));
}

/**
 * @param {`evaluations/${string}`} path
 * @param {WholeResult} result
 */
function downloads(path, { models }) {
  const trouble = h("div");
  const id = path.split("/")[1];
  const stored = new Map(models.map(({ bytes, format, which }) => [`${which} ${format}`, bytes]));
  const button = (/** @type {string} */ which, /** @type {typeof FORMATS[number]} */ [format, suffix, words]) => {
    const bytes = stored.get(`${which} ${format}`);
    const take = () => download(`${path}/model?format=${format}&which=${which}`, `${id}-${which}.${suffix}`).then(() => show(trouble), (error) => show(trouble, notice(error)));
    return h("li", {}, h("button", { type: "button", onclick: take }, `Download ${format}${which === "best" ? ", best epoch" : ""}`), ` ${words}${bytes === undefined ? "" : `, ${formatBytes(bytes)}`}`);
  };
  const kept = [...new Set(models.map(({ which }) => which))];
  return h("div", {}, h("ul", { class: "downloads" }, kept.flatMap((which) => FORMATS.map((form) => button(which, form)))), trouble);
}

/**
 * @param {`evaluations/${string}`} path
 * @param {WholeResult} result
 */
function classes(path, { classes, confusion, source }) {
  const names = classes.map(({ name }) => name);
  const rows = classes.map(({ accuracy, hits, images, name }) => ({ label: name, images, hits, accuracy: accuracy?.value ?? null, interval: accuracy }));
  const trouble = h("div");
  const take = () => download(`${path}/result`, `${path.split("/")[1]}-confusion.csv`, { Accept: "text/csv" }).then(() => show(trouble), (error) => show(trouble, notice(error)));
  return h(
    "section",
    { class: "card" },
    h("h2", {}, "Class by class"),
    h("p", { class: "quiet" }, `Measured on the ${IMAGES[source]}s.`),
    h("div", { class: "result-tables" }, classTable(rows), names.length > MOST_CLASSES ? h("p", { class: "quiet" }, `The confusion matrix of ${names.length} classes is too large to be shown.`) : confusionMap(names, confusion)),
    h("button", { type: "button", onclick: take }, "Download the confusion matrix as CSV"),
    trouble,
  );
}

customElements.define("evaluation-result", EvaluationResult);
