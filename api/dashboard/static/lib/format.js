/**
 * Numbers and moments as people read them, in the reader's zone.
 * @module
 */

const NONE = "–";
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const hour = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const count = new Intl.NumberFormat();
const large = new Intl.NumberFormat("en", { notation: "compact", minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
const UNITS = /** @type {const} */ ([["d", 86400], ["h", 3600], ["min", 60], ["s", 1]]);

/** @param {string | null | undefined} time RFC 3339 */
export const formatMoment = (time) => (time ? moment.format(new Date(time)) : NONE);

/**
 * A moment near now: the day is left out where it is today.
 * @param {string} time RFC 3339
 */
export function formatWhen(time) {
  const date = new Date(time);
  return date.toDateString() === new Date().toDateString() ? hour.format(date) : moment.format(date);
}

/** @param {string} time RFC 3339 */
export const formatClock = (time) => clock.format(new Date(time));

/** @param {number} value */
export const formatCount = (value) => count.format(value);

/**
 * @param {number | null | undefined} share 0 to 1
 * @param {number} [digits]
 */
export const formatPercent = (share, digits = 1) =>
  share === null || share === undefined ? NONE : `${(share * 100).toFixed(digits)}%`;

/**
 * Where the 95% interval of a share begins and ends; empty where it is not known.
 * @param {{low: number | null, high: number | null} | null} interval
 */
export const formatInterval = (interval) => (interval && interval.low !== null && interval.high !== null ? `${formatPercent(interval.low, 0)} to ${formatPercent(interval.high, 0)}` : "");

/**
 * The two largest units of a duration: "2 h 5 min".
 * @param {number} seconds
 */
export function formatDuration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const [largest, next] = UNITS.slice(UNITS.findIndex(([, size]) => whole >= size));
  if (!largest || whole === 0) return "0 s";
  const [unit, size] = largest;
  const rest = next ? Math.floor((whole % size) / next[1]) : 0;
  return `${Math.floor(whole / size)} ${unit}${rest && next ? ` ${rest} ${next[0]}` : ""}`;
}

/** @param {string} time RFC 3339 */
const secondsSince = (time) => (Date.now() - new Date(time).getTime()) / 1000;

/** @param {string} time RFC 3339 */
export const secondsUntil = (time) => -secondsSince(time);

/** @param {string} time RFC 3339 */
export function formatAge(time) {
  const seconds = secondsSince(time);
  return seconds < 5 ? "just now" : `${formatDuration(seconds)} ago`;
}

/** @param {number | null} bytes */
export function formatBytes(bytes) {
  if (bytes === null) return NONE;
  const gigabytes = bytes / 2 ** 30;
  return gigabytes >= 1 ? `${gigabytes.toFixed(1)} GiB` : `${Math.ceil(bytes / 2 ** 20)} MiB`;
}

/**
 * A large number with three digits: "3.43 M".
 * @param {number} value
 */
export const formatLarge = (value) => large.format(value);

/**
 * So many of something: "1 worker", "2 workers", "2 entries".
 * @param {number} number
 * @param {string} noun
 * @param {string} [plural]
 */
export const formatNumberOf = (number, noun, plural = `${noun}s`) => `${formatCount(number)} ${number === 1 ? noun : plural}`;
