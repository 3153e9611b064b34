/**
 * A row of small bars: how a number went, epoch by epoch.
 * @module
 */

import { s } from "../lib/dom.js";

const HEIGHT = 30;
const STEP = 10;
const WIDTH = 7;

/**
 * @param {number[]} values
 * @param {{most: number, warnFrom: number, current: number}} looks `current`: the place of the value that is read now
 * @returns {SVGElement}
 */
export function bars(values, { most, warnFrom, current }) {
  const rects = values.map((value, i) => {
    const height = Math.max(2, (value / most) * HEIGHT);
    return s("rect", { class: `bar${value >= warnFrom ? " bar-warn" : ""}${i === current ? " bar-current" : ""}`, x: i * STEP, y: HEIGHT - height, width: WIDTH, height, rx: 1 });
  });
  return s("svg", { class: "bars", viewBox: `0 0 ${values.length * STEP} ${HEIGHT}`, width: values.length * STEP, height: HEIGHT, preserveAspectRatio: "none", "aria-hidden": "true" }, rects);
}
