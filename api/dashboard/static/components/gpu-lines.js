/**
 * What a worker's GPUs are doing, and what is wrong with them.
 * @module
 */

import { h } from "../lib/dom.js";
import { formatBytes, formatPercent } from "../lib/format.js";

/** @typedef {import("../service/types.js").Gpu} Gpu */

/** What a CUDA context takes, and more than a screen does. */
const WORTH_A_WORD = 256 * 2 ** 20;
const UTILIZATION = "How much of the last second anything ran on the GPU. It does not say how much of the GPU that kept busy.";
/** @type {Record<Gpu["slowed_by"][number], string>} */
const SLOWED = {
  heat: "slowed down: too hot",
  power_brake: "slowed down: the machine or its power supply asked for it",
  hardware: "slowed down by its hardware",
  power_limit: "at its power limit, as is usual under full load",
};

/**
 * Return a line for each GPU with what it does, and one for each thing to know about it.
 * @param {Gpu[]} gpus
 * @returns {HTMLElement[]}
 */
export const gpuLines = (gpus) => gpus.flatMap((gpu, index) => linesOf(gpu, gpus.length > 1 ? `GPU ${index + 1}: ` : ""));

/**
 * @param {Gpu} gpu
 * @param {string} which before every line
 */
function linesOf(gpu, which) {
  const figures = [
    gpu.utilization !== null && `busy ${formatPercent(gpu.utilization, 0)} of the time`,
    gpu.memory_used_bytes !== null && `${formatBytes(gpu.memory_used_bytes)} in use`,
    gpu.temperature_celsius !== null && `${gpu.temperature_celsius} °C`,
  ].filter(Boolean);
  const others = gpu.memory_of_others_bytes ?? 0;
  const notes = [...gpu.slowed_by.map((reason) => ({ text: SLOWED[reason], isTrouble: reason !== "power_limit" }))];
  if (others >= WORTH_A_WORD) notes.push({ text: `other processes hold ${formatBytes(others)} of its memory`, isTrouble: true });
  return [
    ...(figures.length > 0 ? [h("span", { class: "quiet sub", title: UTILIZATION }, which + figures.join(" · "))] : []),
    ...notes.map(({ text, isTrouble }) => h("span", { class: isTrouble ? "sub trouble" : "quiet sub" }, which + text)),
  ];
}
