/**
 * The stages of a spec as a table: a row a stage, rows added and taken away.
 * @module
 */

import { h, setText } from "../lib/dom.js";
import { Field } from "./field.js";

/** @typedef {import("./schema.js").FieldSchema} FieldSchema */
/** @typedef {import("../service/types.js").StageSpec} StageSpec */

export class StagesEditor {
  /** @type {Field[][]} */
  #rows = [];
  /** @type {StageSpec[]} */
  #preset = [];
  #body = h("tbody");
  #add = h("button", { type: "button", onclick: () => this.#change(1) }, "Add stage");
  #remove = h("button", { type: "button", onclick: () => this.#change(-1) }, "Remove last stage");

  /**
   * @param {FieldSchema[]} schema
   * @param {number} mostStages
   */
  constructor(schema, mostStages) {
    this.schema = schema;
    this.mostStages = mostStages;
    const heads = schema.map(({ name, description }) => h("th", { scope: "col", title: description }, name.replaceAll("_", " ")));
    this.element = h(
      "fieldset",
      { class: "stages-editor" },
      h("legend", {}, "Stages"),
      h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Stages" }, h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Stage"), heads)), this.#body)),
      h("div", { class: "row" }, this.#add, this.#remove),
    );
  }

  /** All fields that there are now. */
  get fields() {
    return this.#rows.flat();
  }

  /** The stages as JSON; undefined where they are the preset's. */
  get value() {
    const typed = this.#rows.map((row) => Object.fromEntries(row.map((field) => [field.schema.name, field.value]).filter(([, value]) => value !== undefined)));
    const isPreset = typed.length === this.#preset.length && typed.every((stage) => Object.keys(stage).length === 0);
    return isPreset ? undefined : typed;
  }

  /** @param {StageSpec[]} stages */
  set preset(stages) {
    const typed = this.value !== undefined;
    this.#preset = stages;
    this.#resize(typed ? this.#rows.length : stages.length);
    this.#rows.forEach((row, i) => row.forEach((field) => (field.preset = valueIn(stages[i], field))));
  }

  /** @param {StageSpec[]} stages */
  fillIn(stages) {
    this.#resize(stages.length);
    this.#rows.forEach((row, i) => row.forEach((field) => (field.value = valueIn(stages[i], field))));
  }

  /** @param {1 | -1} by */
  #change(by) {
    this.#resize(this.#rows.length + by);
    this.element.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** @param {number} length */
  #resize(length) {
    while (this.#rows.length > length) {
      this.#rows.pop();
      this.#body.lastElementChild?.remove();
    }
    while (this.#rows.length < length) this.#append(this.#rows.length);
    this.#add.disabled = length >= this.mostStages;
    this.#remove.disabled = length <= 1;
  }

  /** @param {number} place */
  #append(place) {
    const row = this.schema.map((schema) => new Field(schema, `/stages/${place}/${schema.name}`, { label: `${schema.name.replaceAll("_", " ")} of stage ${place + 1}`, compact: true }));
    const head = h("th", { scope: "row" });
    setText(head, String(place + 1));
    this.#rows.push(row);
    this.#body.append(h("tr", {}, head, row.map((field) => h("td", {}, field.element))));
  }
}

/**
 * @param {StageSpec | undefined} stage
 * @param {Field} field
 */
const valueIn = (stage, field) => new Map(Object.entries(stage ?? {})).get(field.schema.name);
