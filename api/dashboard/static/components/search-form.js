/**
 * The form for a new search, made from the service's schema, presets and data sets.
 * @module
 */

import { forgetDraft, keepDraft, readDraft } from "../form/draft.js";
import { Field } from "../form/field.js";
import { showNoPlan, showPlan } from "../form/plan.js";
import { loadSchema } from "../form/schema.js";
import { StagesEditor } from "../form/stages-editor.js";
import { SEARCH } from "../jobs/kind.js";
import { h, show } from "../lib/dom.js";
import { jobPage } from "../lib/paths.js";
import { formatNumberOf } from "../lib/format.js";
import { navigate } from "../lib/router.js";
import { keepTrying } from "../live/keep-trying.js";
import { getJson } from "../service/client.js";
import { isAborted, Problem } from "../service/problem.js";
import { commandLine, curlLine } from "./command-line.js";
import { notice } from "./notice.js";
import { showWarnings } from "./warning-list.js";

/** @typedef {import("../service/types.js").SearchSpec} SearchSpec */
/** @typedef {import("../service/types.js").Search} Search */
/** @typedef {import("../service/types.js").Plan} Plan */
/** @typedef {import("../service/types.js").Preset} Preset */
/** @typedef {import("../service/types.js").Dataset} Dataset */

const PAUSE_IN_TYPING = 350;

export class SearchForm extends HTMLElement {
  /** @type {Field[]} */
  #fields = [];
  /** @type {Preset[]} */
  #presets = [];
  /** @type {StagesEditor | null} */
  #stages = null;
  #dataset = h("select", { id: "spec-dataset", required: true });
  #preset = h("select", { id: "spec-preset" });
  #name = new Field({ name: "name", kind: "text", description: "A label for people; need not be unique", choices: [], least: null, most: null }, "/name");
  #datasetError = h("span", { class: "field-error", id: "spec-dataset-error" });
  #plan = h("output", { class: "plan", "aria-live": "polite" });
  #faults = h("div", { class: "faults" });
  #warnings = h("div", { "aria-live": "polite" });
  #submit = h("button", { class: "primary" }, "Start search");
  #command = commandLine(() => curlLine(SEARCH, this.#spec()));
  #asking = new AbortController();
  #left = new AbortController();

  connectedCallback() {
    this.#left = new AbortController();
    keepTrying(this.#left.signal, (signal) => this.#load(signal), (error) => show(this, notice(error)));
  }

  disconnectedCallback() {
    this.#left.abort();
    this.#asking.abort();
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
      getJson("datasets", { signal }),
      like ? getJson(`searches/${encodeURIComponent(like)}`, { signal }) : null,
    ]);
    this.#presets = presets.data;
    this.#build(schema, datasets.data, search?.spec);
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
    this.#dataset.append(...datasets.map(({ name, classes, available }) => h("option", { value: name }, `${name} (${formatNumberOf(classes, "class", "classes")}${available ? "" : ", downloaded on first use"})`)));
    this.#preset.append(...this.#presets.map(({ name }) => h("option", { value: name }, name)));
    this.#dataset.setAttribute("aria-describedby", "spec-dataset-error");
    const draft = readDraft();
    const typed = draft?.spec ?? like;
    this.#preset.value = typed?.preset ?? this.getAttribute("preset") ?? this.#presets.find((preset) => preset.default)?.name ?? "";
    this.#dataset.value = typed?.dataset ?? this.getAttribute("dataset") ?? "digits";
    this.#preset.addEventListener("change", () => this.#takePreset());
    this.#takePreset();
    if (typed) this.#fillIn(typed);
    show(this, h("form", { novalidate: true, onsubmit: (/** @type {Event} */ event) => this.#send(event), oninput: () => this.#onInput() }, this.#content(draft)));
    this.#check();
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
        h("div", { class: "field" }, h("label", { for: "spec-dataset" }, "Data set"), this.#dataset, this.#datasetError),
        h("div", { class: "field" }, h("label", { for: "spec-preset" }, "Preset"), this.#preset, h("span", { class: "hint" }, "Supplies every setting you leave empty")),
        this.#name.element,
      ),
      h(
        "details",
        { open: draft?.isOpen ?? false },
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

  /** Ask the service what it thinks of the spec, once the reader stops typing. */
  async #check() {
    this.#asking.abort();
    const { signal } = (this.#asking = new AbortController());
    this.#command.show(curlLine(SEARCH, this.#spec()));
    await new Promise((wake) => setTimeout(wake, PAUSE_IN_TYPING));
    if (signal.aborted) return;
    try {
      const plan = /** @type {Plan} */ (await getJson("searches?dry_run=true", { method: "POST", body: this.#spec(), signal }));
      this.#showFaults(null);
      this.#showDefaults(plan.spec);
      showPlan(this.#plan, plan);
      showWarnings(this.#warnings, plan.warnings);
    } catch (error) {
      if (!isAborted(error)) this.#showFaults(error);
    }
  }

  /** @param {Event} event */
  async #send(event) {
    event.preventDefault();
    this.#asking.abort();
    this.#submit.disabled = true;
    try {
      const search = /** @type {Search} */ (await getJson("searches", { method: "POST", body: this.#spec() }));
      forgetDraft();
      navigate(jobPage(SEARCH, search.id));
    } catch (error) {
      this.#showFaults(error);
      /** @type {HTMLElement | null} */ (this.querySelector("[aria-invalid]"))?.focus();
    } finally {
      this.#submit.disabled = false;
    }
  }

  /** @param {unknown} error null: nothing is wrong */
  #showFaults(error) {
    const faults = error instanceof Problem ? error.errors : [];
    const fields = [this.#name, ...this.#fields, ...(this.#stages?.fields ?? [])];
    for (const field of fields) field.fault = faults.find(({ pointer }) => pointer === field.pointer)?.detail ?? "";
    this.#datasetError.textContent = faults.find(({ pointer }) => pointer === "/dataset")?.detail ?? "";
    const known = new Set(["/dataset", ...fields.map((field) => field.pointer)]);
    const others = faults.filter(({ pointer }) => !known.has(pointer ?? ""));
    show(this.#faults, error !== null && faults.length === 0 && notice(error), others.map((fault) => notice(`${fault.pointer ?? ""} ${fault.detail}`)));
    if (error !== null) {
      showNoPlan(this.#plan, "Fix the errors to see what the search would do.");
      showWarnings(this.#warnings, []);
    }
    const details = this.querySelector("details");
    if (details?.querySelector("[aria-invalid]")) details.open = true;
  }
}

customElements.define("search-form", SearchForm);
