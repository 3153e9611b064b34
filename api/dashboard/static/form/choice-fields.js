/**
 * Fields that choose among what the service has: a data set, a preset.
 * @module
 */

import { h, setText } from "../lib/dom.js";
import { formatNumberOf } from "../lib/format.js";

/** @typedef {import("../service/types.js").Dataset} Dataset */

/** A choice that is always made. */
export class ChoiceField {
  /**
   * @param {string} name of its member of the spec
   * @param {string} label
   * @param {string} [hint]
   */
  constructor(name, label, hint = "") {
    const id = `spec-${name}`;
    this.pointer = `/${name}`;
    this.input = h("select", { id, "aria-describedby": `${id}-error` });
    this.error = h("span", { class: "field-error", id: `${id}-error` });
    this.element = h("div", { class: "field" }, h("label", { for: id }, label), this.input, hint && h("span", { class: "hint" }, hint), this.error);
  }

  get value() {
    return this.input.value;
  }

  set value(value) {
    this.input.value = value;
  }

  /** @param {[value: string, words: string][]} choices */
  set choices(choices) {
    this.input.replaceChildren(...choices.map(([value, words]) => h("option", { value }, words)));
  }

  /** @param {string} detail what is wrong; empty where nothing is */
  set fault(detail) {
    setText(this.error, detail);
    if (detail) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
  }
}

export const datasetField = () => new ChoiceField("dataset", "Data set");

export const presetField = () => new ChoiceField("preset", "Preset", "Supplies every setting you leave empty");

/**
 * @param {Dataset[]} datasets
 * @returns {[value: string, words: string][]}
 */
export const datasetChoices = (datasets) => datasets.map(({ name, classes, available }) => [name, `${name} (${formatNumberOf(classes, "class", "classes")}${available ? "" : ", downloaded on first use"})`]);
