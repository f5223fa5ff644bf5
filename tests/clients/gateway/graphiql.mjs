// Loads the schema as GraphiQL 5 does when it is opened with a token: its own fetcher, the reference implementation's
// introspection query with the options that GraphiQL gives it, then with those that a page may set besides. Prints
// the SDL of what it gets by default.
import { createGraphiQLFetcher, fetcherReturnToPromise } from '@graphiql/toolkit';
import { buildClientSchema, getIntrospectionQuery, printSchema, validateSchema } from 'graphql';
import { endpoint, headers } from './asked.mjs';

const fetcher = createGraphiQLFetcher({ url: endpoint, fetch });

async function load(options) {
  const query = getIntrospectionQuery(options);
  const result = await fetcherReturnToPromise(fetcher({ query, operationName: 'IntrospectionQuery' }, { headers }));
  if (!result.data?.__schema || result.errors) throw new Error(`no schema, but ${JSON.stringify(result)}`);
  const schema = buildClientSchema(result.data);
  const errors = validateSchema(schema);
  if (errors.length > 0) throw new Error(`the schema is not valid: ${errors.join('; ')}`);
  return schema;
}

const schema = await load({ inputValueDeprecation: false, schemaDescription: false });
const full = await load({ inputValueDeprecation: true, schemaDescription: true });
const names = (schema) => Object.keys(schema.getTypeMap()).sort().join();
if (names(schema) !== names(full)) throw new Error(`two queries, two schemas: ${names(schema)}; ${names(full)}`);
console.log(printSchema(schema));
