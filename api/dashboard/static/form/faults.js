/**
 * What the service finds wrong with a spec: at its field where the form has it, else in a place of its own.
 * @module
 */

import { faultNotice, faultsOf, notice } from "../components/notice.js";
import { show } from "../lib/dom.js";

/**
 * @param {unknown} error null: nothing is wrong
 * @param {{pointer: string, fault: string}[]} fields
 * @param {HTMLElement} place
 */
export function showFaults(error, fields, place) {
  const faults = faultsOf(error);
  for (const field of fields) field.fault = faults.find(({ pointer }) => pointer === field.pointer)?.detail ?? "";
  const known = new Set(fields.map(({ pointer }) => pointer));
  const others = faults.filter(({ pointer }) => !known.has(pointer ?? ""));
  show(place, error !== null && faults.length === 0 && notice(error), others.map(faultNotice));
}
