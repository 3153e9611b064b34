/**
 * A row of small bars: how a number went, epoch by epoch.
 * @module
 */

import { s } from "../lib/dom.js";

const HEIGHT = 30;
const WHOLE_WIDTH = 240;
const WIDEST = 20;
const GAP = 0.3;

/**
 * @param {number[]} values
 * @param {{most: number, warnFrom: number, current: number}} looks `current`: the place of the value that is read now
 * @returns {SVGElement}
 */
export function bars(values, { most, warnFrom, current }) {
  const step = Math.min(WIDEST, WHOLE_WIDTH / values.length);
  const rects = values.map((value, i) => {
    const height = Math.max(2, (value / most) * HEIGHT);
    return s("rect", { class: `bar${value >= warnFrom ? " bar-warn" : ""}${i === current ? " bar-current" : ""}`, x: i * step, y: HEIGHT - height, width: step * (1 - GAP), height, rx: 1 });
  });
  return s("svg", { class: "bars", viewBox: `0 0 ${values.length * step} ${HEIGHT}`, width: values.length * step, height: HEIGHT, preserveAspectRatio: "none", "aria-hidden": "true" }, rects);
}
