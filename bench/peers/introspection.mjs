// Prints what an API with the schema on stdin answers to an introspection query that asks for everything; the bench's API
// says it to whoever introspects it. Run where the peers are installed:
//   cp bench/peers/introspection.mjs target/bench-peers/
//   node target/bench-peers/introspection.mjs < bench/peers/schema.graphql > bench/src/introspection.json
import { readFileSync } from 'node:fs';
import { buildSchema, introspectionFromSchema } from 'graphql';

const everything = {
  descriptions: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
  oneOf: true,
};
const schema = buildSchema(readFileSync(0, 'utf8'));
console.log(JSON.stringify({ data: introspectionFromSchema(schema, everything) }));
