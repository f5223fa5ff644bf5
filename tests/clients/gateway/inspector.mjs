// Compares the schema that the token is shown with the API's own, as GraphQL Inspector sees them. ALLOWED says what
// may differ: `removals` for a narrowed token, `additions` for one that may use all of the API and some of Doorward's.
import { readFileSync } from 'node:fs';
import { buildClientSchema, buildSchema, getIntrospectionQuery, isInterfaceType, isUnionType } from 'graphql';
import { diff } from '@graphql-inspector/core';
import { introspect } from './asked.mjs';

// Introspection here does not tell of @oneOf.
const everything = {
  descriptions: true,
  schemaDescription: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  inputValueDeprecation: true,
};
const api = buildSchema(readFileSync(new URL('shop.graphql', import.meta.url), 'utf8'));
const shown = buildClientSchema(await introspect(getIntrospectionQuery(everything)));

// A whole root type gone is a change of the schema itself.
const parts = 'TYPE|FIELD|FIELD_ARGUMENT|INPUT_FIELD|UNION_MEMBER|OBJECT_TYPE_INTERFACE';
const removal = new RegExp(`^((${parts})_REMOVED|SCHEMA_(MUTATION|SUBSCRIPTION)_TYPE_CHANGED)$`);
const roots = ['Query', 'Mutation'];
// In a type or a root field that the API does not have.
const isNew = (type, field) => {
  const theirs = api.getType(type);
  return !theirs || (roots.includes(type) && field !== undefined && !(field in theirs.getFields()));
};
const allowed = {
  removals: ({ type }) => removal.test(type),
  additions: ({ path }) => isNew(...path.split('.')),
}[process.env.ALLOWED];
if (!allowed) throw new Error('set ALLOWED to removals or additions');

const always = ({ type, path }) => {
  const [name, field] = (path ?? '').split('.');
  // Directives of the API's own are not shown unless `gateway.directives` names them.
  if (type === 'DIRECTIVE_REMOVED') return true;
  // An interface of whose fields none is open is shown as a union.
  if (type === 'TYPE_KIND_CHANGED') return isInterfaceType(api.getType(name)) && isUnionType(shown.getType(name));
  // Where the API nests its root, Doorward's own fields are not: that is a type of its own.
  if (type === 'FIELD_TYPE_CHANGED') return String(shown.getType(name).getFields()[field].type) === 'ApiQuery!';
  return name === 'ApiQuery';
};

// Where directives are used introspection does not tell.
const found = (await diff(api, shown)).filter(({ type }) => !type.startsWith('DIRECTIVE_USAGE_'));
const wrong = found.filter((change) => !allowed(change) && !always(change));
for (const { type, message } of wrong) console.error(`${type}: ${message}`);
if (wrong.length > 0) process.exit(1);
console.log(`${found.filter(allowed).length} ${process.env.ALLOWED}`);
