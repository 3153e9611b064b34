/**
 * What the service finds wrong with a spec: at its field where the form has it, else in a place of its own.
 * @module
 */

import { notice } from "../components/notice.js";
import { show } from "../lib/dom.js";
import { Problem } from "../service/problem.js";

/**
 * @param {unknown} error null: nothing is wrong
 * @param {{pointer: string, fault: string}[]} fields
 * @param {HTMLElement} place
 */
export function showFaults(error, fields, place) {
  const faults = error instanceof Problem ? error.errors : [];
  for (const field of fields) field.fault = faults.find(({ pointer }) => pointer === field.pointer)?.detail ?? "";
  const known = new Set(fields.map(({ pointer }) => pointer));
  const others = faults.filter(({ pointer }) => !known.has(pointer ?? ""));
  show(place, error !== null && faults.length === 0 && notice(error), others.map((fault) => notice(`${fault.pointer ?? ""} ${fault.detail}`)));
}
