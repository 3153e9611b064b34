/**
 * The alphas of a search through time: stage, epoch, both cells.
 * @module
 */

import { bars } from "../charts/bars.js";
import { showHeatLegend, showHeatMap } from "../charts/heat-map.js";
import { softmax } from "../charts/softmax.js";
import { CELL_KINDS, CELL_NAMES, COLLAPSE, ENTRIES } from "../genotype/cell.js";
import { h, setText, show } from "../lib/dom.js";
import { whenPrinted } from "../lib/printing.js";
import { getJson } from "../service/client.js";
import { closestDecisions, droppedFrom } from "./closest-decisions.js";
import { notice } from "./notice.js";
import { stageSignalNote } from "./signal-note.js";

/** @typedef {import("../service/types.js").Stage} Stage */
/** @typedef {import("../service/types.js").Epoch} Epoch */
/** @typedef {import("../service/types.js").EpochAlphas} EpochAlphas */

export class AlphaExplorer extends HTMLElement {
  /** @type {Stage[]} */
  #stages = [];
  /** @type {EpochAlphas[]} of the stage that is shown */
  #epochs = [];
  /** @type {Epoch[]} of all stages */
  #measured = [];
  /** @type {`searches/${string}`} */
  #path = "searches/";
  #stage = 0;
  #known = "";
  /** The largest margin of a close call; null until the service has said it.
   * @type {number | null} */
  #threshold = null;
  #choice = h("div", { class: "segmented", role: "group", "aria-label": "Stage" });
  #slider = h("input", { type: "range", min: "1", id: "alpha-epoch", oninput: () => this.#draw() });
  #place = h("output", { for: "alpha-epoch" });
  #skips = h("p", { class: "skips" });
  #skipBars = h("div", { class: "skip-bars" });
  #closest = h("div");
  #legend = h("ul", { class: "legend heat-legend" });
  #printed = h("div", { class: "print-only" });
  #printedPlace = h("h3", { class: "print-only" });
  #normal = h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": CELL_NAMES.normal });
  #reduce = h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": CELL_NAMES.reduce });
  #trouble = h("div");
  #stopPrinting = () => {};

  connectedCallback() {
    this.hidden = true;
    this.replaceChildren(
      h("h2", {}, "Architecture"),
      h("p", { class: "quiet" }, "How probable each operation is on each edge. Crossed out: dropped at the end of the stage, with how far it fell short."),
      this.#printedPlace,
      h("div", { class: "alpha-tools" }, this.#choice, h("div", { class: "slider" }, h("label", { for: "alpha-epoch" }, "Epoch"), this.#slider, this.#place)),
      h("div", { class: "skip-line" }, this.#skips, this.#skipBars),
      this.#trouble,
      this.#legend,
      h("div", { class: "pair" }, this.#normal, this.#reduce),
      this.#closest,
      this.#printed,
    );
    this.#stopPrinting = whenPrinted(() => this.#showOtherStages(), () => show(this.#printed));
  }

  disconnectedCallback() {
    this.#stopPrinting();
  }

  /** On paper there is nothing to choose: all other stages that have ended follow. */
  #showOtherStages() {
    const others = this.#stages.filter(({ finished_at, stage }) => finished_at !== null && stage !== this.#stage);
    show(this.#printed, others.map((stage) => this.#wholeStage(stage)));
  }

  /** @param {Stage} stage */
  #wholeStage(stage) {
    const threshold = this.#threshold ?? 0;
    const rows = CELL_KINDS.flatMap((kind) => stage[kind].alphas ?? []);
    const most = rows.reduce((highest, row) => Math.max(highest, ...softmax(row)), 0);
    const legend = h("ul", { class: "legend heat-legend" });
    showHeatLegend(legend, { alive: aliveIn(stage), most, hasDropped: true });
    const maps = CELL_KINDS.map((kind) => {
      const place = h("div");
      showHeatMap(place, { title: CELL_NAMES[kind], alphas: stage[kind].alphas ?? [], kept: stage[kind].kept_before, dropped: droppedFrom(stage, kind, threshold), most });
      return place;
    });
    const closest = closestDecisions(stage, threshold);
    closest.setAttribute("open", "");
    return h("section", {}, h("h3", {}, `Stage ${stage.stage}, at its end`), legend, h("div", { class: "pair" }, maps), stageSignalNote(stage.signal), closest);
  }

  /**
   * @param {`searches/${string}`} path of the search
   * @param {Stage[]} stages
   * @param {Epoch[]} epochs all there are
   */
  async showStages(path, stages, epochs) {
    const isNew = `${stages.length} ${epochs.length} ${stages.filter((stage) => stage.finished_at).length}`;
    if (stages.length === 0 || isNew === this.#known) return;
    this.#known = isNew;
    const followsNewest = this.#stage === 0 || this.#stage === this.#stages.length;
    this.#path = path;
    this.#stages = stages;
    this.#measured = epochs;
    if (followsNewest && this.#stage !== stages.length) this.#choose(stages.length);
    else await this.#read();
  }

  async #read() {
    const stage = this.#stage;
    try {
      const [epochs] = await Promise.all([this.#readEpochs(stage), this.#readThreshold()]);
      if (stage !== this.#stage) return;
      this.#show(epochs);
      show(this.#trouble);
    } catch (error) {
      show(this.#trouble, notice(error));
    }
    this.hidden = false;
  }

  /**
   * Read the alphas of a stage, or only those of its newest epoch where all others are known.
   * @param {number} stage
   * @returns {Promise<EpochAlphas[]>}
   */
  async #readEpochs(stage) {
    const known = this.#epochs;
    const path = /** @type {const} */ (`${this.#path}/alphas?stage=${stage}`);
    const there = this.#measured.filter((epoch) => epoch.stage === stage).length;
    if (known.length === 0 || there !== known.length + 1) return (await getJson(path)).data;
    return [...known, ...(await getJson(`${path}&epoch=${there}`)).data];
  }

  /** Read what the service calls close, once something was decided. */
  async #readThreshold() {
    if (this.#stages.some(({ finished_at }) => finished_at)) this.#threshold ??= (await getJson(`${this.#path}/pruning`)).threshold;
  }

  /** @param {EpochAlphas[]} epochs */
  #show(epochs) {
    const atEnd = this.#epochs.length === 0 || Number(this.#slider.value) >= this.#epochs.length;
    this.#epochs = epochs;
    this.#slider.max = String(Math.max(1, epochs.length));
    this.#slider.disabled = epochs.length < 2;
    if (atEnd) this.#slider.value = this.#slider.max;
    show(this.#choice, this.#stages.map(({ stage }) => h("button", { type: "button", "aria-pressed": String(stage === this.#stage), onclick: () => this.#choose(stage) }, `Stage ${stage}`)));
    this.#draw();
  }

  /** @param {number} stage */
  #choose(stage) {
    this.#stage = stage;
    this.#epochs = [];
    this.#read();
  }

  #draw() {
    const number = Number(this.#slider.value);
    const epoch = this.#epochs[number - 1];
    const stage = this.#stages[this.#stage - 1];
    setText(this.#printedPlace, epoch && stage ? `Stage ${stage.stage}, epoch ${epoch.epoch} of ${stage.epochs}` : "");
    setText(this.#place, epoch && stage ? `${epoch.epoch} of ${stage.epochs}` : "none yet");
    if (!epoch || !stage) {
      show(this.#normal, h("p", { class: "empty" }, "The first epoch of this stage has not finished yet."));
      show(this.#reduce);
      show(this.#skipBars);
      show(this.#closest);
      show(this.#legend);
      setText(this.#skips, "");
      return;
    }
    setText(this.#skips, `Skip-connects in the normal cell if the search stopped here: ${epoch.skip_connects} of ${ENTRIES}`);
    this.#skips.classList.toggle("collapsing", epoch.skip_connects >= COLLAPSE);
    show(this.#skipBars, bars(this.#epochs.map(({ skip_connects }) => skip_connects), { most: ENTRIES, warnFrom: COLLAPSE, current: number - 1 }));
    const threshold = stage.finished_at === null ? null : this.#threshold;
    if (threshold === null) show(this.#closest);
    else if (this.#closest.dataset.stage !== String(stage.stage)) show(this.#closest, stageSignalNote(stage.signal), closestDecisions(stage, threshold));
    this.#closest.dataset.stage = threshold === null ? "" : String(stage.stage);
    const isPruning = number === this.#epochs.length && threshold !== null;
    const most = this.#most();
    showHeatLegend(this.#legend, { alive: aliveIn(stage), most, hasDropped: isPruning });
    for (const [kind, place] of /** @type {const} */ ([["normal", this.#normal], ["reduce", this.#reduce]])) {
      showHeatMap(place, { title: CELL_NAMES[kind], alphas: epoch[kind], kept: stage[kind].kept_before, dropped: isPruning ? droppedFrom(stage, kind, threshold) : [], most });
    }
  }

  /**
   * The largest probability in any epoch of the stage, so that colours mean the same in all of them.
   */
  #most() {
    const rows = this.#epochs.flatMap(({ normal, reduce }) => [...normal, ...reduce]);
    // Not all in one call: a long stage has more of them than a call takes arguments.
    return rows.reduce((most, row) => Math.max(most, ...softmax(row)), 0);
  }
}

/**
 * Operations on an edge while a stage is trained.
 * @param {Stage} stage
 */
const aliveIn = ({ normal, reduce }) => Math.max(...[...normal.kept_before, ...reduce.kept_before].map((names) => names.length));

customElements.define("alpha-explorer", AlphaExplorer);
