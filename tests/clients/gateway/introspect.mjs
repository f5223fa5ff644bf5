// What graphql-js tells of a schema by introspection, and how it prints what it tells.
//   node introspect.mjs FILE [QUERY…]
// prints {"full": …, "plain": …, "asked": […]}: the answers to its own query with all options on and off, and to each
// query that is given. Each answer is {"data": …, "printed": the SDL of a client that knows only this answer}.
import { readFileSync } from "node:fs";
import { argv, stdout } from "node:process";
import {
  buildASTSchema,
  buildClientSchema,
  graphqlSync,
  introspectionFromSchema,
  parse,
  printSchema,
  visit,
} from "graphql";

const [file, ...queries] = argv.slice(2);

// GitHub's file has fields twice, which graphql-js does not build; the first one counts.
const once = (node) => {
  const known = new Set();
  const fields = node.fields?.filter(({ name: { value } }) => !known.has(value) && known.add(value));
  return { ...node, fields };
};
const document = visit(parse(readFileSync(file, "utf8")), {
  ObjectTypeDefinition: once,
  InterfaceTypeDefinition: once,
});
const schema = buildASTSchema(document);

const told = (data) => ({ data, printed: printSchema(buildClientSchema(data)) });

const options = (on) => ({
  descriptions: true,
  specifiedByUrl: on,
  directiveIsRepeatable: on,
  schemaDescription: on,
  inputValueDeprecation: on,
  oneOf: on,
});

const ask = (source) => {
  const { data, errors } = graphqlSync({ schema, source });
  if (errors) throw errors[0];
  return told(data);
};

stdout.write(
  JSON.stringify({
    full: told(introspectionFromSchema(schema, options(true))),
    plain: told(introspectionFromSchema(schema, options(false))),
    asked: queries.map(ask),
  }),
);
