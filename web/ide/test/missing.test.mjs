// Where in a query it is marked what is missing: held to the cases of the permissions themselves, which hold for each
// refusal what the server names.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildSchema, parse } from "graphql";
import { runnerImport } from "vite";

const here = path => fileURLToPath(new URL(path, import.meta.url));
const { module } = await runnerImport(here("../src/missing.ts"), { configFile: false, logLevel: "error" });
const { places, words } = module;
const vectors = JSON.parse(readFileSync(here("../../../tests/data/permission-vectors.json"), "utf8"));
const schemas = Object.fromEntries(
  Object.entries(vectors.schemas).map(([name, sdl]) => [name, buildSchema(sdl, { assumeValidSDL: true })]),
);

// What is marked, as it stands in the query.
function marked(query, missing, schema) {
  const lines = query.split("\n");
  return places(query, missing, schema).map(({ coordinate, line, column, length, guessed }) => {
    const text = lines[line - 1].slice(column - 1, column - 1 + length);
    return `${coordinate} at ${line}:${column} ${text}${guessed ? "?" : ""}`;
  });
}

test("what the server says is missing is marked somewhere, by a schema that knows it", () => {
  const unmarked = [];
  for (const { id, schema, operation, expect } of vectors.cases) {
    if (!expect.missing?.length) continue;
    try {
      parse(operation);
    } catch {
      continue;
    }
    const found = places(operation, expect.missing, schemas[schema]);
    for (const coordinate of expect.missing) {
      // Nothing but what a variable holds is guessed.
      const at = found.filter(place => place.coordinate === coordinate);
      const well = at.some(({ guessed, line, column }) => !guessed || operation.split("\n")[line - 1][column - 2] === "$");
      if (!well) unmarked.push(`${id}: ${coordinate} in ${operation}`);
    }
  }
  assert.deepEqual(unmarked, []);
});

const shop = schemas.shop;

test("by an interface or a union, the fields of the types that come there are marked", () => {
  const query = "{\n  parties {\n    name\n    ... on Customer { email }\n  }\n}";
  assert.deepEqual(marked(query, ["Customer.name"], shop), ["Customer.name at 3:5 name"]);
  assert.deepEqual(marked(query, ["Customer.email"], shop), ["Customer.email at 4:23 email"]);
  // A type that never comes there has no part in it.
  assert.deepEqual(marked(query, ["Order.id"], shop), []);
});

test("of a type of which nothing is held, what leads to it is marked", () => {
  assert.deepEqual(marked("{ customers { __typename } }", ["Customer"], shop), ["Customer at 1:3 customers"]);
  assert.deepEqual(marked("{ parties { ... on Customer { __typename } } }", ["Customer"], shop), [
    "Customer at 1:20 Customer",
  ]);
  assert.deepEqual(marked("mutation { __typename }", ["Mutation"], shop), ["Mutation at 1:12 __typename"]);
  assert.equal(words("Customer", shop), "any field of “Customer”");
});

test("an argument is marked by itself, and not one of the same name elsewhere", () => {
  const schema = buildSchema(`
    directive @note(first: Int) on FIELD
    type Query { people(first: Int, named: String): [Person!]! pets(first: Int): [Pet!]! }
    type Person { name: String! }
    type Pet { name: String! }
  `);
  const query = "{\n  people(first: 1, named: \"a\") @note(first: 2) { name }\n  pets(first: 3) { name }\n}";
  assert.deepEqual(marked(query, ["Query.people(first:)"], schema), ["Query.people(first:) at 2:10 first"]);
  assert.deepEqual(marked(query, ["Pet.name", "Query.people(named:)"], schema), [
    "Query.people(named:) at 2:20 named",
    "Pet.name at 3:20 name",
  ]);
});

test("an input field is marked where it stands, and else the variable that may hold it", () => {
  const schema = buildSchema(`
    type Query { find(where: Where, sort: Sort): Int }
    input Where { text: String, any: [Where!], by: Sort }
    input Sort { by: String }
  `);
  const literal = "query ($w: Where) {\n  a: find(where: { any: [{ text: \"x\" }] }, sort: { by: \"y\" })\n  b: find(where: $w)\n}";
  assert.deepEqual(marked(literal, ["Where.text"], schema), ["Where.text at 2:28 text"]);
  // The field `by` of the other type is another's.
  assert.deepEqual(marked(literal, ["Sort.by"], schema), ["Sort.by at 2:52 by"]);
  assert.deepEqual(marked("query ($w: [Where!]!) { find(where: $w) }", ["Sort.by"], schema), ["Sort.by at 1:9 w?"]);
  const by_default = "query ($w: Where = { text: \"x\" }) { find(where: $w) }";
  assert.deepEqual(marked(by_default, ["Where.text"], schema), ["Where.text at 1:22 text"]);
});

test("roots are found by whatever name the schema has for them", () => {
  const schema = buildSchema("schema { query: A mutation: B } type A { b: Int back: A } type B { b: Int }");
  assert.deepEqual(marked("{ back { b } }", ["Query.b"], schema), ["Query.b at 1:10 b"]);
  assert.deepEqual(marked("mutation { b }", ["Mutation.b"], schema), ["Mutation.b at 1:12 b"]);
});

test("where the schema knows nothing of it, it is looked for by its name", () => {
  const query = "query ($w: Where) { people(first: 1, where: $w) { name friends { name } } }";
  assert.deepEqual(marked(query, ["Query.people(first:)", "Person.friends", "Where.text"], null), [
    "Where.text at 1:9 w?",
    "Query.people(first:) at 1:28 first?",
    "Person.friends at 1:56 friends?",
  ]);
  assert.deepEqual(marked("{ people {", ["Query.people"], shop), [], "what cannot be read is not marked");
});
