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
    this.length = this.#before(stages.length);
  }

  /** @param {{stage: number, epoch: number}} epoch */
  at({ stage, epoch }) {
    return this.#before(stage - 1) + epoch;
  }

  /** @param {number} x */
  name(x) {
    const place = this.stages.findLastIndex((_, i) => this.#before(i) < x);
    return `stage ${place + 1}, epoch ${x - this.#before(place)}`;
  }

  /** Where only weights are trained. */
  get shades() {
    return this.stages.map(({ warmup_epochs }, i) => ({ from: this.#before(i) + 1, to: this.#before(i) + Math.max(1, warmup_epochs) }));
  }

  /** Where stages begin. */
  get marks() {
    return this.stages.map((_, i) => ({ x: this.#before(i) + 1, label: `Stage ${i + 1}` }));
  }

  /** The epochs before a stage. @param {number} place of the stage, from 0 */
  #before(place) {
    return this.stages.slice(0, place).reduce((sum, stage) => sum + stage.epochs, 0);
  }
}
