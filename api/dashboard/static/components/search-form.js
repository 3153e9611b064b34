/**
 * The form for a new search, made from the service's schema, presets and data sets.
 * @module
 */

import { forgetDraft, keepDraft, readDraft } from "../form/draft.js";
import { Field, nameField } from "../form/field.js";
import { datasetChoices, datasetField, presetField } from "../form/choice-fields.js";
import { showFaults } from "../form/faults.js";
import { showNoPlan, showPlan } from "../form/plan.js";
import { loadSchema } from "../form/schema.js";
import { StagesEditor } from "../form/stages-editor.js";
import { DryRun, submitJob } from "../form/submission.js";
import { SEARCH } from "../jobs/kind.js";
import { h, show } from "../lib/dom.js";
import { keepTrying } from "../live/keep-trying.js";
import { getAll, getJson } from "../service/client.js";
import { commandLine, curlLine } from "./command-line.js";
import { notice } from "./notice.js";
import { showWarnings } from "./warning-list.js";

/** What an address may fill in beside preset and data set. */
const GIVEN = ["image_size", "skip_invalid"];
/** What of it a link promises: it holds even where the reader left the form otherwise. */
const PROMISED = ["skip_invalid"];

/** @typedef {import("../service/types.js").SearchSpec} SearchSpec */
/** @typedef {import("../service/types.js").Plan} Plan */
/** @typedef {import("../service/types.js").Preset} Preset */
/** @typedef {import("../service/types.js").Dataset} Dataset */

export class SearchForm extends HTMLElement {
  /** @type {Field[]} */
  #fields = [];
  /** @type {Preset[]} */
  #presets = [];
  /** @type {StagesEditor | null} */
  #stages = null;
  #dataset = datasetField();
  #preset = presetField();
  #name = nameField();
  #plan = h("output", { class: "plan", "aria-live": "polite" });
  #faults = h("div", { class: "faults" });
  #warnings = h("div", { "aria-live": "polite" });
  #submit = h("button", { class: "primary" }, "Start search");
  #command = commandLine(() => curlLine(SEARCH, this.#spec()));
  /** @type {DryRun<Plan>} */
  #dryRun = new DryRun(SEARCH, (plan) => this.#showPlan(plan), (error) => this.#showFaults(error));
  #left = new AbortController();

  connectedCallback() {
    this.#left = new AbortController();
    keepTrying(this.#left.signal, (signal) => this.#load(signal), (error) => show(this, notice(error)));
  }

  disconnectedCallback() {
    this.#left.abort();
    this.#dryRun.stop();
  }

  /**
   * @param {AbortSignal} signal
   * @returns {Promise<null>} there is nothing more to ask
   */
  async #load(signal) {
    const like = this.getAttribute("like");
    const [schema, presets, datasets, search] = await Promise.all([
      loadSchema(signal),
      getJson("presets", { signal }),
      getAll("datasets", { signal, limit: 1000 }),
      like ? getJson(`searches/${encodeURIComponent(like)}`, { signal }) : null,
    ]);
    this.#presets = /** @type {Preset[]} */ (presets.data);
    this.#build(schema, datasets, search?.spec);
    return null;
  }

  /**
   * @param {Awaited<ReturnType<typeof loadSchema>>} schema
   * @param {Dataset[]} datasets
   * @param {SearchSpec} [like] what to fill in
   */
  #build(schema, datasets, like) {
    this.#fields = schema.search.map((field) => new Field(field, `/${field.name}`));
    this.#stages = new StagesEditor(schema.stage, schema.mostStages);
    this.#dataset.choices = datasetChoices(datasets);
    this.#preset.choices = this.#presets.map(({ name }) => [name, name]);
    const draft = readDraft();
    const typed = draft?.spec ?? like;
    this.#preset.value = typed?.preset ?? this.getAttribute("preset") ?? this.#presets.find((preset) => preset.default)?.name ?? "";
    this.#dataset.value = typed?.dataset ?? this.getAttribute("dataset") ?? "digits";
    this.#preset.input.addEventListener("change", () => this.#takePreset());
    this.#takePreset();
    this.#fillIn({ ...this.#given(GIVEN), ...typed, ...this.#given(PROMISED) });
    show(this, h("form", { novalidate: true, onsubmit: (/** @type {Event} */ event) => this.#send(event), oninput: () => this.#onInput() }, this.#content(draft)));
    this.#check();
  }

  /** What the address fills in. @param {string[]} names */
  #given(names) {
    return Object.fromEntries(names.filter((name) => this.hasAttribute(name)).map((name) => [name, this.getAttribute(name)]));
  }

  #onInput() {
    keepDraft({ spec: this.#spec(), isOpen: this.querySelector("details")?.open ?? false });
    this.#check();
  }

  #startOver() {
    forgetDraft();
    const fresh = h(SearchForm, Object.fromEntries([...this.attributes].map(({ name, value }) => [name, value])));
    this.replaceWith(fresh);
  }

  /** @param {import("../form/draft.js").Draft | null} draft */
  #content(draft) {
    return [
      draft && h("p", { class: "quiet" }, "Filled in as you left it. ", h("button", { type: "button", class: "text-button", onclick: () => this.#startOver() }, "Start over")),
      h(
        "div",
        { class: "form-grid" },
        this.#dataset.element,
        this.#preset.element,
        this.#name.element,
      ),
      h(
        "details",
        { open: draft?.isOpen ?? GIVEN.some((name) => this.hasAttribute(name)) },
        h("summary", {}, "Stages and other settings"),
        /** @type {StagesEditor} */ (this.#stages).element,
        h("div", { class: "form-grid" }, this.#fields.map((field) => field.element)),
      ),
      this.#faults,
      this.#warnings,
      h("div", { class: "form-foot" }, this.#submit, this.#plan),
      h("p", { class: "quiet command-title" }, "The same from a terminal"),
      this.#command.element,
    ];
  }

  #takePreset() {
    const spec = this.#presets.find(({ name }) => name === this.#preset.value)?.spec;
    const values = new Map(Object.entries(spec ?? {}));
    for (const field of this.#fields) field.preset = values.get(field.schema.name);
    if (this.#stages) this.#stages.preset = spec?.stages ?? [];
  }

  /** @param {SearchSpec | Record<string, any>} spec complete, or what of it was typed */
  #fillIn(spec) {
    this.#name.input.value = spec.name ?? "";
    const values = new Map(Object.entries(spec));
    for (const field of this.#fields) field.value = values.get(field.schema.name);
    if (spec.stages) this.#stages?.fillIn(spec.stages);
  }

  /** The spec as it would be sent: only what differs from the preset. */
  #spec() {
    const named = [this.#name, ...this.#fields].map((field) => [field.schema.name, field.value]);
    const all = [["dataset", this.#dataset.value], ["preset", this.#preset.value], ...named, ["stages", this.#stages?.value]];
    return Object.fromEntries(all.filter(([, value]) => value !== undefined));
  }

  /**
   * Show what holds where nothing is typed, of fields that no preset sets, too.
   * @param {Record<string, unknown>} complete the spec, as the service completed it
   */
  #showDefaults(complete) {
    for (const field of this.#fields) if (field.value === undefined) field.preset = complete[field.schema.name];
  }

  #check() {
    this.#command.show(curlLine(SEARCH, this.#spec()));
    this.#dryRun.ask(this.#spec());
  }

  /** @param {Plan} plan */
  #showPlan(plan) {
    this.#showFaults(null);
    this.#showDefaults(plan.spec);
    showPlan(this.#plan, plan);
    showWarnings(this.#warnings, plan.warnings);
  }

  /** @param {Event} event */
  async #send(event) {
    event.preventDefault();
    this.#dryRun.stop();
    try {
      await submitJob(SEARCH, this.#spec(), this.#submit, forgetDraft);
    } catch (error) {
      this.#showFaults(error);
      /** @type {HTMLElement | null} */ (this.querySelector("[aria-invalid]"))?.focus();
    }
  }

  /** @param {unknown} error null: nothing is wrong */
  #showFaults(error) {
    showFaults(error, [this.#dataset, this.#preset, this.#name, ...this.#fields, ...(this.#stages?.fields ?? [])], this.#faults);
    if (error !== null) {
      showNoPlan(this.#plan, "Fix the errors to see what the search would do.");
      showWarnings(this.#warnings, []);
    }
    const details = this.querySelector("details");
    if (details?.querySelector("[aria-invalid]")) details.open = true;
  }
}

customElements.define("search-form", SearchForm);
