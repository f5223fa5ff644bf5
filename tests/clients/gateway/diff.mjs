// What graphql-inspector says of two schemas: of two files of SDL, or of every pair in one JSON file that holds
// [{ before, after }]. Prints JSON: the changes, or for pairs a list of changes each. Left out is where directives
// are used; we do not tell of it.
import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { diff } from '@graphql-inspector/core';

const LEVELS = ['BREAKING', 'DANGEROUS', 'NON_BREAKING'];

// The order is ours: by criticality, path (none comes first) and kind.
const order = (one, other) =>
  LEVELS.indexOf(one.criticality) - LEVELS.indexOf(other.criticality) ||
  compare(one.path ?? '', other.path ?? '') ||
  compare(one.kind, other.kind);
const compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

async function changes({ before, after }) {
  const found = await diff(buildSchema(before), buildSchema(after));
  return found
    .filter(({ type }) => !type.startsWith('DIRECTIVE_USAGE_'))
    .map(({ criticality, type, path }) => ({ criticality: criticality.level, kind: type, path: path ?? null }))
    .sort(order);
}

const files = process.argv.slice(2).map((path) => readFileSync(path, 'utf8'));
if (files.length === 2) {
  console.log(JSON.stringify(await changes({ before: files[0], after: files[1] }), null, 2));
} else if (files.length === 1) {
  console.log(JSON.stringify(await Promise.all(JSON.parse(files[0]).map(changes))));
} else {
  console.error('usage: node diff.mjs BEFORE.graphql AFTER.graphql\n       node diff.mjs PAIRS.json');
  process.exit(2);
}
