// Prints the SDL of a public API that its maker ships as introspection: node sdl.mjs storefront
import { readFileSync } from 'node:fs';
import { buildClientSchema, printSchema } from 'graphql';

const shipped = {
  github: '@octokit/graphql-schema/schema.json',
  storefront: '@shopify/hydrogen-react/storefront.schema.json',
  'customer-account': '@shopify/hydrogen-react/customer-account.schema.json',
}[process.argv[2]];
if (!shipped) throw new Error('usage: node sdl.mjs github|storefront|customer-account');
const introspection = JSON.parse(readFileSync(new URL(`node_modules/${shipped}`, import.meta.url), 'utf8'));
console.log(printSchema(buildClientSchema(introspection.data ?? introspection)));
