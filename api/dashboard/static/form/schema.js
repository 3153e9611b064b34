/**
 * What the OpenAPI document says of the fields of a spec.
 * @module
 */

import { jsonOf, send } from "../service/client.js";

/**
 * @typedef {object} FieldSchema
 * @property {string} name
 * @property {"integer" | "number" | "boolean" | "text" | "choice"} kind
 * @property {string} description
 * @property {string[]} choices
 * @property {number | null} least
 * @property {number | null} most
 */

/** Fields that the form shows in a way of their own, or not at all. */
const APART = new Set(["dataset", "preset", "name", "stages", "metadata"]);
/** What an evaluation may name its genotype by. */
const ORIGINS = new Set(["genotype", "genotype_document", "search", "max_skip_connects"]);

/**
 * @param {AbortSignal} signal
 * @returns {Promise<{search: FieldSchema[], stage: FieldSchema[], mostStages: number}>}
 */
export async function loadSchema(signal) {
  const schemas = await schemasOf(signal);
  const properties = schemas.SearchRequest.properties;
  return {
    search: fieldsOf(properties).filter(isShown),
    stage: fieldsOf(schemas.StageRequest.properties),
    mostStages: properties.stages.maxItems,
  };
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<{fields: FieldSchema[], presets: string[]}>}
 */
export async function loadEvaluationSchema(signal) {
  const { properties } = (await schemasOf(signal)).EvaluationRequest;
  const fields = fieldsOf(properties);
  return { fields: fields.filter((field) => isShown(field) && !ORIGINS.has(field.name)), presets: fields.find(({ name }) => name === "preset")?.choices ?? [] };
}

/** @param {AbortSignal} signal */
const schemasOf = async (signal) => (await jsonOf(await send("openapi.json", { signal }))).components.schemas;

/** @param {FieldSchema} field */
const isShown = ({ name }) => !APART.has(name);

/**
 * @param {Record<string, any>} properties
 * @returns {FieldSchema[]}
 */
function fieldsOf(properties) {
  return Object.entries(properties).map(([name, property]) => {
    const type = property.anyOf?.find((/** @type {any} */ one) => one.type !== "null") ?? property;
    return {
      name,
      kind: kindOf(type),
      description: (property.description ?? "").replaceAll("`", ""),
      choices: type.enum ?? [],
      least: type.minimum ?? type.exclusiveMinimum ?? type.ge ?? null,
      most: type.maximum ?? type.exclusiveMaximum ?? type.le ?? null,
    };
  });
}

/** @param {{type?: string, enum?: string[]}} type */
function kindOf(type) {
  if (type.enum) return "choice";
  if (type.type === "integer" || type.type === "number" || type.type === "boolean") return type.type;
  return "text";
}
