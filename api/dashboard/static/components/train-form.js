/**
 * Trains a genotype: a button, and the settings that it would take, made from the service's schema when they are opened.
 * @module
 */

import { datasetChoices, datasetField, presetField } from "../form/choice-fields.js";
import { showFaults } from "../form/faults.js";
import { Field, nameField } from "../form/field.js";
import { showNoPlan } from "../form/plan.js";
import { estimatedTime } from "../jobs/estimate.js";
import { loadEvaluationSchema } from "../form/schema.js";
import { AS_PRESET, sizedFor } from "../form/sized.js";
import { DryRun, submitJob } from "../form/submission.js";
import { EVALUATION } from "../jobs/kind.js";
import { h, show } from "../lib/dom.js";
import { formatLarge, formatNumberOf } from "../lib/format.js";
import { keepTrying } from "../live/keep-trying.js";
import { getAll, getJson } from "../service/client.js";
import { whoAmI } from "../service/me.js";
import { Problem } from "../service/problem.js";
import { commandLine, curlLine } from "./command-line.js";
import { notice } from "./notice.js";
import { showWarnings } from "./warning-list.js";

/** @typedef {import("../service/types.js").Genotype} Genotype */
/** @typedef {import("../service/types.js").EvaluationPlan} EvaluationPlan */
/** @typedef {import("../service/types.js").EvaluationPreset} EvaluationPreset */

const PRESET = "quick";
/** The data set of a genotype that comes from no search. */
const DATASET = "digits";
/** What most readers change, seen before all other settings. */
const FIRST = new Set(["epochs", "seed"]);

export class TrainForm extends HTMLElement {
  /** The evaluation whose settings are filled in.
   * @type {string | null} */
  like = null;
  /** @type {Genotype | null} */
  #genotype = null;
  #dataset = datasetField();
  #preset = presetField();
  #name = nameField();
  /** All but these; none before the settings were opened.
   * @type {Field[]} */
  #fields = [];
  #plan = h("output", { class: "plan", "aria-live": "polite" });
  #warnings = h("div", { "aria-live": "polite" });
  /** What follows from the data set, unless the reader says otherwise. */
  #sized = AS_PRESET;
  /** The newest answer to what the recipe should be. @type {Promise<void>} */
  #suiting = Promise.resolve();
  /** Grows with each. */
  #turn = 0;
  #reasons = h("ul", { class: "quiet sized", hidden: true });
  #faults = h("div", { class: "faults" });
  #submit = h("button", { class: "primary" }, "Train it");
  #settings = h("div");
  #details = h("details", { ontoggle: () => this.#details.open && this.#openSettings() }, h("summary", {}, "Data set, epochs and other settings"), this.#settings);
  #command = commandLine(() => curlLine(EVALUATION, this.#spec()));
  /** @type {DryRun<EvaluationPlan>} */
  #dryRun = new DryRun(EVALUATION, (plan) => this.#showPlan(plan), (error) => this.#showFaults(error));
  #left = new AbortController();
  #isLoading = false;
  /** Whether the reader may submit. */
  #mayAsk = false;

  connectedCallback() {
    this.#left = new AbortController();
    const form = h(
      "form",
      { novalidate: true, onsubmit: (/** @type {Event} */ event) => this.#send(event), oninput: (/** @type {Event} */ event) => this.#change(event) },
      h("p", { class: "quiet" }, "Trains this genotype's network from scratch and tests it once, at the end."),
      h("div", { class: "form-foot" }, this.#submit, this.#plan),
      h("div", { "aria-live": "polite" }, this.#reasons),
      this.#warnings,
      this.#faults,
      this.#details,
    );
    this.#start(form);
  }

  /**
   * Show the form to whoever may submit.
   * @param {HTMLElement} form
   */
  async #start(form) {
    const me = await whoAmI().catch(() => null);
    this.#mayAsk = me === null || me.scopes.some((scope) => scope !== "read");
    show(this, this.#mayAsk ? form : h("p", { class: "quiet" }, "Your key cannot start evaluations: it lacks the scope “submit”. An admin can create one that has it."));
    if (!this.#mayAsk) return;
    if (this.like !== null) this.#details.open = true;
    this.#suit();
  }

  disconnectedCallback() {
    this.#left.abort();
    this.#dryRun.stop();
  }

  /** @param {Genotype} genotype what is typed stays where another one is shown */
  set genotype(genotype) {
    if (this.#genotype === null) {
      const dataset = genotype.provenance?.dataset ?? DATASET;
      this.#dataset.choices = [[dataset, dataset]];
      this.#preset.choices = [[PRESET, PRESET]];
    }
    this.#genotype = genotype;
    this.#suit();
  }

  /** @param {Event} event */
  #change(event) {
    if (event.target === this.#dataset.input || event.target === this.#preset.input || event.target === this.#cropField?.input) this.#suit();
    else this.#check();
  }

  get #cropField() {
    return this.#fields.find(({ schema }) => schema.name === "crop_size");
  }

  /** Size the recipe for the chosen data set, unless it is that of another evaluation. */
  #suit() {
    if (this.#genotype !== null && this.isConnected && this.#mayAsk) this.#suiting = this.#size(this.#dataset.value, this.#preset.value);
  }

  /**
   * @param {string} name of the data set
   * @param {string} preset
   * @returns {Promise<void>} once the recipe is that of what is chosen by then
   */
  async #size(name, preset) {
    const turn = ++this.#turn;
    const sized = this.like === null ? await this.#sizedFor(name, preset).catch(() => AS_PRESET) : AS_PRESET;
    if (turn !== this.#turn) return this.#suiting;
    this.#sized = sized;
    show(this.#reasons, this.#sized.reasons.map((reason) => h("li", {}, reason)));
    this.#reasons.hidden = this.#sized.reasons.length === 0;
    this.#check();
  }

  /**
   * @param {string} name of the data set
   * @param {string} preset
   */
  async #sizedFor(name, preset) {
    const { signal } = this.#left;
    const [dataset, presets] = await Promise.all([getJson(`datasets/${encodeURIComponent(name)}`, { signal }), getJson("presets?kind=evaluation", { signal })]);
    const recipe = /** @type {EvaluationPreset[]} */ (presets.data).find((one) => one.name === preset);
    return sizedFor(dataset, Number(this.#cropField?.value ?? recipe?.spec.crop_size ?? 0));
  }

  #openSettings() {
    if (this.#isLoading) return;
    this.#isLoading = true;
    keepTrying(this.#left.signal, (signal) => this.#loadSettings(signal), (error) => show(this.#settings, notice(error)));
  }

  /**
   * @param {AbortSignal} signal
   * @returns {Promise<null>} there is nothing more to ask
   */
  async #loadSettings(signal) {
    const like = this.like;
    const [schema, datasets, evaluation] = await Promise.all([loadEvaluationSchema(signal), getAll("datasets", { signal, limit: 1000 }), like === null ? null : getJson(`evaluations/${encodeURIComponent(like)}`, { signal })]);
    const [dataset, preset] = [evaluation?.spec.dataset ?? this.#dataset.value, evaluation?.spec.preset ?? this.#preset.value];
    this.#dataset.choices = datasetChoices(datasets);
    this.#preset.choices = schema.presets.map((name) => [name, name]);
    this.#dataset.value = dataset;
    this.#preset.value = preset;
    this.#fields = schema.fields.map((field) => new Field(field, `/${field.name}`));
    if (evaluation) await this.#fillIn(evaluation.spec, signal);
    const isFirst = (/** @type {Field} */ { schema: { name } }) => FIRST.has(name);
    show(
      this.#settings,
      h("div", { class: "form-grid" }, this.#dataset.element, this.#preset.element, this.#fields.filter(isFirst).map(({ element }) => element), this.#name.element),
      h("details", {}, h("summary", {}, "All other settings"), h("div", { class: "form-grid" }, this.#fields.filter((field) => !isFirst(field)).map(({ element }) => element))),
      h("p", { class: "quiet command-title" }, "The same from a terminal"),
      this.#command.element,
    );
    this.#check();
    return null;
  }

  /**
   * Fill in what an evaluation's spec has other than its preset.
   * @param {Record<string, unknown>} spec
   * @param {AbortSignal} signal
   */
  async #fillIn(spec, signal) {
    const plain = /** @type {EvaluationPlan} */ (await getJson("evaluations?dry_run=true", { method: "POST", body: this.#spec(), signal }));
    const [preset, values] = [plain.spec, spec].map((one) => new Map(Object.entries(one)));
    for (const field of [this.#name, ...this.#fields]) {
      field.preset = preset?.get(field.schema.name);
      field.value = values?.get(field.schema.name);
    }
  }

  /** The spec as it would be sent: only what differs from the preset, or follows from the data set. */
  #spec() {
    const typed = [this.#name, ...this.#fields].map((field) => [field.schema.name, field.value]);
    return { genotype: this.#genotype?.id, dataset: this.#dataset.value, preset: this.#preset.value, ...this.#sized.values, ...Object.fromEntries(typed.filter(([, value]) => value !== undefined)) };
  }

  #check() {
    if (this.#genotype === null || !this.isConnected || !this.#mayAsk) return;
    this.#command.show(curlLine(EVALUATION, this.#spec()));
    this.#dryRun.ask(this.#spec());
  }

  /** @param {EvaluationPlan} plan */
  #showPlan({ estimate, network, spec, warnings }) {
    const expected = estimatedTime(estimate, EVALUATION);
    const complete = new Map(Object.entries(spec));
    this.#showFaults(null);
    for (const field of this.#fields) if (field.value === undefined) field.preset = complete.get(field.schema.name);
    show(this.#plan, h("strong", {}, `${spec.dataset}, preset ${spec.preset}, ${formatNumberOf(spec.epochs, "epoch")}`), network && h("span", {}, `${formatLarge(network.parameters)} parameters`), expected !== null && h("span", {}, expected));
    showWarnings(this.#warnings, warnings);
  }

  /** @param {Event} event */
  async #send(event) {
    event.preventDefault();
    // Else what suits the data set that was chosen before would be sent.
    await this.#suiting;
    if (!this.isConnected) return;
    this.#dryRun.stop();
    try {
      await submitJob(EVALUATION, this.#spec(), this.#submit);
    } catch (error) {
      this.#showFaults(error);
      /** @type {HTMLElement | null} */ (this.querySelector("[aria-invalid]"))?.focus();
    }
  }

  /** @param {unknown} error null: nothing is wrong */
  #showFaults(error) {
    showFaults(error, [this.#dataset, this.#preset, this.#name, ...this.#fields], this.#faults);
    if (error === null) return;
    showNoPlan(this.#plan, "Fix the errors to see what would be trained.");
    showWarnings(this.#warnings, []);
    // Before they are loaded, no field can say what is wrong with it; then the service is asked again.
    if (!this.#isLoading && error instanceof Problem && error.errors.length > 0) this.#details.open = true;
    for (const details of this.querySelectorAll("details")) if (details.querySelector("[aria-invalid]")) details.open = true;
  }
}

customElements.define("train-form", TrainForm);
