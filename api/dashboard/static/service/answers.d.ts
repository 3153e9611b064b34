/** What the service answers at which path, read off the OpenAPI document. */
import type { components, paths } from "openapi";

export type Schemas = components["schemas"];

/** A document's path as it is asked for: `/v1/searches/{search_id}` is `searches/${string}`. */
type Asked<Path> = Path extends `/v1/${infer Rest}` ? Filled<Rest> : never;
type Filled<Path extends string> = Path extends `${infer Before}{${string}}${infer After}` ? `${Before}${string}${Filled<After>}` : Path;
type WithoutQuery<Path extends string> = Path extends `${infer Bare}?${string}` ? Bare : Path;
type IsSame<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

type Operation<Path extends string, Method extends string> = {
  [Known in keyof paths]: IsSame<Asked<Known>, WithoutQuery<Path>> extends true ? paths[Known][Lowercase<Method> & keyof paths[Known]] : never;
}[keyof paths];

type Json<Answers> = { [Status in keyof Answers & (200 | 201 | 202)]: Answers[Status] extends { content: { "application/json": infer Body } } ? Body : never }[keyof Answers & (200 | 201 | 202)];

/** The JSON document that a request is answered with; `unknown`, which nothing can be done with, where the interface has no such path. */
export type Answer<Path extends string, Method extends string = "GET"> = [Operation<Path, Method>] extends [never] ? unknown : Operation<Path, Method> extends { responses: infer Answers } ? Json<Answers> : unknown;

/** An entry of the list that a path answers with. */
export type Entry<Path extends string> = Answer<Path> extends { data: (infer One)[] } ? One : unknown;
