/**
 * How large a genotype's network is: parameters and multiply-adds, for a usual size or any other.
 * @module
 */

import { h, setText, show } from "../lib/dom.js";
import { formatLarge } from "../lib/format.js";
import { getJson } from "../service/client.js";
import { notice } from "./notice.js";

/** @typedef {import("../service/types.js").Genotype} Genotype */
/** @typedef {Omit<Genotype["network"], "parameters" | "multiply_adds" | "auxiliary">} Shape */

/** The sizes of the paper's tables. */
const CIFAR = { name: "CIFAR: 20 cells, 36 channels, 32 px", shape: { layers: 20, init_channels: 36, image_size: 32, num_classes: 10, stem: /** @type {const} */ ("cifar") } };
const IMAGENET = { name: "ImageNet: 14 cells, 48 channels, 224 px", shape: { layers: 14, init_channels: 48, image_size: 224, num_classes: 1000, stem: /** @type {const} */ ("imagenet") } };
const USUAL = [CIFAR, IMAGENET];
const OTHER = "other";
const NUMBERS = /** @type {const} */ ([["layers", "Cells"], ["init_channels", "Channels"], ["image_size", "Image size"], ["num_classes", "Classes"]]);

export class NetworkSize extends HTMLElement {
  #choice = h("select", { id: "network-shape", onchange: () => this.#choose() }, USUAL.map(({ name }, i) => h("option", { value: i }, name)), h("option", { value: OTHER }, "Custom size…"));
  #inputs = NUMBERS.map(([name, words]) => ({ name, words, input: h("input", { id: `network-${name}`, type: "number", min: "1", onchange: () => this.#count() }) }));
  #stem = h("select", { id: "network-stem", onchange: () => this.#count() }, h("option", {}, "cifar"), h("option", {}, "imagenet"));
  #other = h(
    "div",
    { class: "network-other", hidden: true },
    this.#inputs.map(({ input, words }) => h("div", { class: "field" }, h("label", { for: input.id }, words), input)),
    h("div", { class: "field" }, h("label", { for: "network-stem" }, "Stem"), this.#stem),
  );
  #output = h("output", { for: "network-shape", "aria-live": "polite" });
  #trouble = h("div");
  #id = "";

  connectedCallback() {
    if (this.firstChild) return;
    this.#takeShape(CIFAR.shape);
    this.replaceChildren(h("div", { class: "filter" }, h("label", { for: "network-shape" }, "Network"), this.#choice, this.#output), this.#other, this.#trouble);
  }

  /** @param {Genotype} genotype */
  set genotype({ id, network }) {
    if (id === this.#id) return;
    this.#id = id;
    if (this.#choice.value === "0") this.#tell(network);
    else this.#count();
  }

  #choose() {
    const usual = USUAL[Number(this.#choice.value)];
    this.#other.hidden = usual !== undefined;
    if (usual) this.#takeShape(usual.shape);
    this.#count();
  }

  /** @param {Shape} shape */
  #takeShape(shape) {
    for (const { name, input } of this.#inputs) input.value = String(shape[name]);
    this.#stem.value = shape.stem;
  }

  async #count() {
    const parameters = new URLSearchParams({ stem: this.#stem.value });
    for (const { name, input } of this.#inputs) parameters.set(name, input.value);
    const id = this.#id;
    try {
      const { network } = await getJson(`genotypes/${id}?${parameters}`);
      if (id !== this.#id) return;
      this.#tell(network);
      show(this.#trouble);
    } catch (error) {
      setText(this.#output, "");
      show(this.#trouble, notice(error));
    }
  }

  /** @param {{parameters: number, multiply_adds: number}} network */
  #tell({ parameters, multiply_adds }) {
    setText(this.#output, `${formatLarge(parameters)} parameters · ${formatLarge(multiply_adds)} multiply-adds for each image`);
  }
}

customElements.define("network-size", NetworkSize);
