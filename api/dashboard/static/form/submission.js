/**
 * Sending a spec: as a dry run while the reader types, then for good.
 * @module
 */

import { jobPage } from "../lib/paths.js";
import { navigate } from "../lib/router.js";
import { sleep } from "../live/waiting.js";
import { jsonOf, send } from "../service/client.js";
import { isAborted } from "../service/problem.js";

/** @typedef {import("../jobs/kind.js").Kind<any>} Kind */
/** @typedef {Record<string, unknown>} Spec */

const PAUSE_IN_TYPING = 350;

/**
 * Asks the service what it thinks of a spec, once the reader stops typing.
 * @template P
 */
export class DryRun {
  #asking = new AbortController();
  #kind;
  #onPlan;
  #onRefusal;

  /**
   * @param {Kind} kind
   * @param {(plan: P) => void} onPlan
   * @param {(error: unknown) => void} onRefusal
   */
  constructor(kind, onPlan, onRefusal) {
    this.#kind = kind;
    this.#onPlan = onPlan;
    this.#onRefusal = onRefusal;
  }

  /** @param {Spec} spec */
  async ask(spec) {
    this.stop();
    const { signal } = (this.#asking = new AbortController());
    await sleep(PAUSE_IN_TYPING, signal);
    if (signal.aborted) return;
    try {
      this.#onPlan(await jsonOf(await send(`${this.#kind.path}?dry_run=true`, { method: "POST", body: spec, signal })));
    } catch (error) {
      if (!isAborted(error)) this.#onRefusal(error);
    }
  }

  stop() {
    this.#asking.abort();
  }
}

/**
 * Submit a job, once however often the button is pressed, and go to its page.
 * @param {Kind} kind
 * @param {Spec} spec
 * @param {HTMLButtonElement} button
 * @param {() => void} [onDone] called before the form's page is left
 */
export async function submitJob(kind, spec, button, onDone = () => {}) {
  if (button.disabled) return;
  button.disabled = true;
  try {
    const { id } = await jsonOf(await send(kind.path, { method: "POST", body: spec }));
    onDone();
    navigate(jobPage(kind, id));
  } finally {
    button.disabled = false;
  }
}
