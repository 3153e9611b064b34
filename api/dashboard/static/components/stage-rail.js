/**
 * The stages side by side, each as long as its epochs, the weights-only part shaded.
 * @module
 */

import { OPERATIONS } from "../genotype/operations.js";
import { h, show } from "../lib/dom.js";
import { formatNumberOf } from "../lib/format.js";
import { signalBadge } from "./signal-note.js";

/** @typedef {import("../service/types.js").Search} Search */
/** @typedef {import("../service/types.js").Signal} Signal */
/** @typedef {import("../service/types.js").Stage} Stage */
/** @typedef {import("../service/types.js").StageSpec} StageSpec */

export class StageRail extends HTMLElement {
  connectedCallback() {
    this.setAttribute("role", "list");
    this.setAttribute("aria-label", "Stages");
  }

  /**
   * @param {Search} search
   * @param {Stage[]} begun
   */
  showStages({ spec: { stages }, progress, status }, begun) {
    const alive = [OPERATIONS.length, ...stages.map((stage) => stage.num_to_keep)];
    const segments = stages.map((stage, i) => segment(stage, i + 1, `${alive[i]} → ${alive[i + 1]} operations`, doneOf(i + 1, stage, progress, status), begun[i]?.signal ?? null));
    show(this, segments);
  }
}

/**
 * The share of a stage that is done.
 * @param {number} number
 * @param {StageSpec} stage
 * @param {Search["progress"]} progress
 * @param {Search["status"]} status
 */
function doneOf(number, { epochs }, progress, status) {
  if (status === "succeeded") return 1;
  if (progress.stage === null || number > progress.stage) return 0;
  return number < progress.stage ? 1 : ((progress.epoch ?? 1) - 1) / epochs;
}

/**
 * @param {StageSpec} stage
 * @param {number} number
 * @param {string} pruning
 * @param {number} done
 * @param {Signal | null} signal
 */
function segment(stage, number, pruning, done, signal) {
  const state = done === 1 ? "done" : done > 0 ? "in progress" : "not started";
  const warmup = h("div", { class: "rail-warmup" });
  const bar = h("div", { class: "rail-done" });
  const track = h("div", { class: "rail-track", "aria-hidden": "true" }, warmup, bar);
  warmup.style.width = `${(stage.warmup_epochs / stage.epochs) * 100}%`;
  bar.style.width = `${done * 100}%`;
  const element = h(
    "div",
    { class: "rail-stage", role: "listitem" },
    h("span", { class: "rail-name" }, `Stage ${number}`, h("span", { class: "off-screen" }, `, ${state}`)),
    track,
    h("span", { class: "quiet sub" }, `${formatNumberOf(stage.layers, "cell")} · ${pruning}`),
    h("span", { class: "quiet sub" }, `${formatNumberOf(stage.epochs, "epoch")}${stage.warmup_epochs ? `, first ${stage.warmup_epochs} weights only` : ""} · dropout ${stage.dropout_rate}`),
    signal && h("span", { class: "rail-signal sub" }, signalBadge(signal, `signal ${signal.verdict}`), h("span", { class: "quiet" }, signal.reason)),
  );
  element.style.flexGrow = String(stage.epochs);
  return element;
}

customElements.define("stage-rail", StageRail);
