/**
 * One field of the form: its label, its input, its hint and what is wrong with it.
 * @module
 */

import { h, setText } from "../lib/dom.js";

/** @typedef {import("./schema.js").FieldSchema} FieldSchema */

/** The name that people give a job. */
export const nameField = () => new Field({ name: "name", kind: "text", description: "A label for people; need not be unique", choices: [], least: null, most: null }, "/name");

let fields = 0;

export class Field {
  /** @type {unknown} */
  #preset = null;

  /**
   * @param {FieldSchema} schema
   * @param {string} pointer where its value stands in the spec (RFC 6901)
   * @param {{label?: string, compact?: boolean}} [looks] compact: the label is for screen readers alone
   */
  constructor(schema, pointer, { label = schema.name.replaceAll("_", " "), compact = false } = {}) {
    fields += 1;
    const id = `field-${fields}`;
    this.schema = schema;
    this.pointer = pointer;
    this.input = inputOf(schema);
    this.input.id = id;
    this.input.setAttribute("aria-describedby", `${id}-error${compact ? "" : ` ${id}-hint`}`);
    this.error = h("span", { class: "field-error", id: `${id}-error` });
    this.element = h(
      "div",
      { class: `field field-${schema.kind}` },
      h("label", { for: id, class: compact ? "off-screen" : null }, label),
      this.input,
      !compact && h("span", { class: "hint", id: `${id}-hint` }, hintOf(schema)),
      this.error,
    );
  }

  /** What was typed, as JSON; undefined where the preset's value is taken. */
  get value() {
    const text = this.input.value.trim();
    if (text === "") return undefined;
    if (this.schema.kind === "boolean") return text === "true";
    if (this.schema.kind === "text" || this.schema.kind === "choice") return text;
    const number = Number(text);
    return Number.isNaN(number) ? text : number;
  }

  /** @param {unknown} value typed, unless it holds anyway */
  set value(value) {
    this.input.value = value === null || value === undefined || value === this.#preset ? "" : String(value);
  }

  /**
   * Show what holds where nothing is typed.
   * @param {unknown} value
   */
  set preset(value) {
    this.#preset = value;
    const text = value === null || value === undefined ? "" : String(value);
    if (this.input instanceof HTMLSelectElement) {
      const [first] = this.input.options;
      if (first?.value === "") first.textContent = text || "preset";
    } else this.input.placeholder = text;
  }

  /** @param {string} detail what is wrong; empty where nothing is */
  set fault(detail) {
    setText(this.error, detail);
    if (detail) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
  }
}

/**
 * @param {FieldSchema} schema
 * @returns {HTMLInputElement | HTMLSelectElement}
 */
function inputOf({ kind, choices, least, most }) {
  if (kind === "choice" || kind === "boolean") {
    const values = kind === "boolean" ? ["true", "false"] : choices;
    const options = values.map((value) => h("option", { value }, value));
    return h("select", {}, h("option", { value: "" }, "preset"), options);
  }
  const isNumber = kind === "integer" || kind === "number";
  const numeric = { type: "number", step: kind === "integer" ? "1" : "any", min: least, max: most, inputmode: kind === "integer" ? "numeric" : "decimal" };
  return h("input", isNumber ? numeric : { type: "text", autocomplete: "off" });
}

/** @param {FieldSchema} schema */
function hintOf({ description, least, most }) {
  const bounds = least === null || most === null ? "" : ` (${least} to ${most})`;
  return `${description}${bounds}`;
}
