/**
 * The workers and what each of them does.
 * @module
 */

import { CapacityStrip } from "../components/capacity-strip.js";
import { confirm } from "../components/confirm.js";
import { gpuLines } from "../components/gpu-lines.js";
import { LiveTable } from "../components/live-table.js";
import { notice } from "../components/notice.js";
import { Page } from "../components/page.js";
import { kindOf } from "../jobs/kind.js";
import { h, setText, show } from "../lib/dom.js";
import { formatAge, formatBytes, formatMoment } from "../lib/format.js";
import { jobPage } from "../lib/paths.js";
import { setTitle } from "../lib/router.js";
import { getJson, send } from "../service/client.js";

/** @typedef {import("../service/types.js").Worker} Worker */
/** @typedef {import("../components/live-table.js").Column<Worker>} Column */

const BETWEEN_LOOKS = 5_000;

export class WorkersPage extends Page {
  #strip = h(CapacityStrip);
  /** @type {LiveTable<Worker>} */
  #table = new LiveTable({
    caption: "Workers",
    class: "stacked",
    columns: [...COLUMNS, moveColumn((worker) => this.#move(worker))],
    keyOf: ({ id }) => id,
    isFaded: ({ alive }) => !alive,
  });
  #trouble = h("div");
  #body = h("div");
  #stop = () => {};

  start() {
    setTitle("Workers");
    show(this, h("h1", {}, "Workers"), this.#strip, this.#trouble, this.#body);
    this.#follow();
  }

  #follow() {
    this.#stop();
    this.#stop = this.keepAsking((signal) => this.#ask(signal), this.#body);
  }

  /** @param {AbortSignal} signal */
  async #ask(signal) {
    const [workers, capacity] = await Promise.all([getJson("workers", { signal }), getJson("capacity", { signal })]);
    this.#strip.capacity = capacity;
    this.#show(workers.data);
    return BETWEEN_LOOKS;
  }

  /** @param {Worker[]} workers */
  #show(workers) {
    if (workers.length === 0) {
      show(this.#body, h("p", { class: "card empty" }, "No workers yet. ", h("code", {}, "make up"), " starts the service with one; ", h("code", {}, "pdarts worker"), " starts another."));
      return;
    }
    if (!this.#table.element.isConnected) show(this.#body, this.#table.element);
    this.#table.show([...workers].sort((a, b) => Number(b.alive) - Number(a.alive)));
  }

  /**
   * Have a worker stop taking jobs, or take them again.
   * @param {Worker} worker
   */
  async #move({ id, name, draining }) {
    const question = `Drain ${name}?`;
    const consequence = `Its job returns to the queue at its next step, and continues on another worker if there is one. ${name} takes no new jobs until you press “Take jobs”.`;
    if (!draining && !(await confirm(question, consequence, "Drain worker"))) return;
    try {
      await send(`workers/${id}/${draining ? "undrain" : "drain"}`, { method: "POST" });
      show(this.#trouble);
    } catch (error) {
      show(this.#trouble, notice(error));
    }
    this.#follow();
  }
}

/** @type {Column[]} */
const COLUMNS = [
  { name: "Worker", isHead: true, update: (cell, { host, name }) => show(cell, name, h("span", { class: "quiet sub" }, host)) },
  { name: "State", update: (cell, worker) => show(cell, h("div", {}, h("span", { class: "badge", "data-status": stateOf(worker) }, stateOf(worker)), !worker.alive && h("span", { class: "quiet sub" }, "its heartbeat stopped"))) },
  { name: "Device", update: (cell, { alive, device, device_name, gpus }) => show(cell, h("div", {}, device_name, h("span", { class: "quiet sub" }, device), alive && gpuLines(gpus))) },
  { name: "Memory", update: (cell, { memory_bytes }) => setText(cell, formatBytes(memory_bytes)) },
  { name: "Job", update: (cell, worker) => showJob(cell, worker) },
  {
    name: "Last seen",
    update: (cell, { last_beat_at }) => {
      setText(cell, formatAge(last_beat_at));
      cell.title = formatMoment(last_beat_at);
    },
  },
  { name: "Version", update: (cell, { version }) => setText(cell, version) },
];

/**
 * @param {(worker: Worker) => void} onMove
 * @returns {Column}
 */
const moveColumn = (onMove) => ({
  name: "",
  update: (cell, worker) => {
    const verb = worker.alive ? (worker.draining ? "Take jobs" : "Drain") : "";
    if (cell.dataset.verb === verb) return;
    cell.dataset.verb = verb;
    show(cell, verb && h("button", { type: "button", "aria-label": `${verb}: ${worker.name}`, onclick: () => onMove(worker) }, verb));
  },
});

/**
 * What a worker runs, or held when it was last seen.
 * @param {HTMLElement} cell
 * @param {Worker} worker
 */
function showJob(cell, { alive, busy, job }) {
  const state = `${alive} ${busy} ${job}`;
  // A link that stays keeps the focus.
  if (cell.dataset.state === state) return;
  cell.dataset.state = state;
  const what = job !== null ? ownJob(job, alive) : busy ? "another owner's job" : alive ? "–" : "had no job";
  show(cell, h("div", {}, what, !alive && busy && h("span", { class: "quiet sub" }, "its job continues from its last checkpoint on the next free worker")));
}

/**
 * @param {string} id
 * @param {boolean} alive whether the worker is
 */
function ownJob(id, alive) {
  const kind = kindOf(id);
  const noun = kind?.noun ?? "check of a data set";
  const words = alive ? `current ${noun}` : `was running this ${noun}`;
  return kind === undefined ? words : h("a", { href: jobPage(kind, id) }, words);
}

/** @param {Worker} worker */
function stateOf({ alive, draining, busy }) {
  if (!alive) return "gone";
  if (draining) return "draining";
  return busy ? "busy" : "idle";
}

customElements.define("workers-page", WorkersPage);
