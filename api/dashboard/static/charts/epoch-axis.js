/**
 * The epochs of all stages in one row, counted from 1.
 * @module
 */

/** @typedef {import("../service/types.js").StageSpec} StageSpec */
/** @typedef {import("../service/types.js").Epoch} Epoch */

export class EpochAxis {
  /** @param {StageSpec[]} stages */
  constructor(stages) {
    this.stages = stages;
    /** Epochs before each stage. */
    this.before = stages.map((_, i) => stages.slice(0, i).reduce((sum, stage) => sum + stage.epochs, 0));
    this.length = stages.reduce((sum, stage) => sum + stage.epochs, 0);
  }

  /** @param {{stage: number, epoch: number}} epoch */
  at({ stage, epoch }) {
    return this.before[stage - 1] + epoch;
  }

  /** @param {number} x */
  name(x) {
    const stage = this.before.findLastIndex((before) => before < x);
    return `stage ${stage + 1}, epoch ${x - this.before[stage]}`;
  }

  /** Where only weights are trained. */
  get shades() {
    return this.stages.map(({ warmup_epochs }, i) => ({ from: this.before[i] + 1, to: this.before[i] + Math.max(1, warmup_epochs) }));
  }

  /** Where stages begin. */
  get marks() {
    return this.stages.map((_, i) => ({ x: this.before[i] + 1, label: `Stage ${i + 1}` }));
  }
}
