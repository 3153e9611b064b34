/**
 * What of a recipe follows from the data set, and why.
 * @module
 */

import { formatCount, formatPercent } from "../lib/format.js";

/** @typedef {import("../service/types.js").DatasetDetails} DatasetDetails */
/** @typedef {{values: Record<string, number>, reasons: string[]}} Sized */

/** Pixels of a side: what networks with the recipes for small images still train on within hours. */
const LARGEST_SIDE = 64;
/** Of an image's side, the part that recipes with crops see of it when they test: 224 of 256 pixels. */
const CROPPED = 7 / 8;
/** What `image_size` may be. */
const MOST_PIXELS = 512;
/** From how many times as many pixels on training on fewer of them is many times faster. */
const MANY_TIMES = 4;
const HELD_OUT = 0.2;
const FEWEST_STEPS = 10;
const BATCH = 64;
const SMALLEST_BATCH = 8;

/** Where nothing follows. @type {Sized} */
export const AS_PRESET = { values: {}, reasons: [] };

/**
 * @param {DatasetDetails} dataset
 * @param {number} crop pixels of a side that the recipe cuts out of each image; 0: it takes them whole
 * @returns {Sized}
 */
export function sizedFor({ image_size: first, images, sizes, test_images: tested }, crop) {
  const parts = [crop > 0 ? sideForCrop(first, sizes, crop) : sideFor(first, sizes), tested === 0 ? heldOut : null, images === null ? null : batchFor(images)].flatMap((part) => part ?? []);
  return { values: Object.assign({}, ...parts.map(({ value }) => value)), reasons: parts.map(({ reason }) => reason) };
}

const heldOut = { value: { valid_portion: HELD_OUT }, reason: `The data set has no test images: valid_portion ${HELD_OUT} holds out a fifth of its training images, and the result is measured on those.` };

/**
 * @param {DatasetDetails["image_size"]} first of its images
 * @param {DatasetDetails["sizes"]} sizes
 */
function sideFor(first, sizes) {
  const side = sizes ? Math.min(sizes.least_height, sizes.least_width) : first && Math.min(first.height, first.width);
  if (side === null) return null;
  const wanted = Math.min(side, LARGEST_SIDE);
  const value = { image_size: wanted };
  if (sizes && !sizes.equal) return { value, reason: `The images differ in size: image_size ${wanted} resizes all of them to ${wanted}×${wanted} pixels.` };
  return side > LARGEST_SIDE ? { value, reason: `The images have ${side} pixels or more on a side: image_size ${wanted} ${fewerPixels((side / wanted) ** 2)}.` } : null;
}

/** @param {number} times how many times as many pixels the images have as are left of them */
const fewerPixels = (times) => `leaves ${formatPercent(1 / times, 0)} of the pixels, so that the training is ${times >= MANY_TIMES ? "many times " : ""}faster`;

/**
 * @param {DatasetDetails["image_size"]} first of its images
 * @param {DatasetDetails["sizes"]} sizes
 * @param {number} crop
 */
function sideForCrop(first, sizes, crop) {
  const wanted = Math.min(Math.round(crop / CROPPED), MOST_PIXELS);
  const side = first && Math.min(first.height, first.width);
  const suits = side !== null && side >= crop && side <= wanted && (sizes?.equal ?? true);
  return suits ? null : { value: { image_size: wanted }, reason: `The recipe sees ${crop}×${crop} pixels of each image (crop_size): with image_size ${wanted}, that is most of it.` };
}

/** @param {number} images */
function batchFor(images) {
  if (images >= FEWEST_STEPS * BATCH) return null;
  const batch = Math.max(SMALLEST_BATCH, 2 ** Math.floor(Math.log2(Math.max(1, images / FEWEST_STEPS))));
  return { value: { batch_size: batch }, reason: `The data set has only ${formatCount(images)} training images: batch_size ${batch} gives each epoch more training steps.` };
}
