// Where in a query the permissions are needed that are missing. The schema at hand may lack just these fields, and then
// nothing is known of the types below them: a permission that no place of a known type needs is looked for by the names of
// fields alone.
import {
  GraphQLSchema,
  Kind,
  TypeInfo,
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  parse,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FieldNode,
  type GraphQLNamedType,
  type NameNode,
} from "graphql";

export interface Place {
  coordinate: string;
  line: number;
  column: number;
  length: number;
  // Whether it was found by its name alone.
  guessed: boolean;
}

interface Coordinate {
  text: string;
  type: string;
  field: string;
  argument?: string;
}

type Known = GraphQLNamedType | null | undefined;

export function places(query: string, missing: string[], schema: GraphQLSchema | null | undefined): Place[] {
  const wanted = missing.map(coordinate).filter(one => one !== undefined);
  let document: DocumentNode;
  try {
    document = parse(query);
  } catch {
    return [];
  }
  const shown = schema ?? new GraphQLSchema({});
  const info = new TypeInfo(shown);
  const found: Place[] = [];
  // The fields that one is inside of, and their parents; `null` in a directive, whose arguments are nobody's.
  const inside: ({ node: FieldNode; parent: Known } | null)[] = [];

  const note = (one: Coordinate, { loc, value }: NameNode, parent: Known) => {
    if (!loc) return;
    found.push({
      coordinate: one.text,
      line: loc.startToken.line,
      column: loc.startToken.column,
      length: value.length,
      guessed: !parent,
    });
  };

  visit(
    document,
    visitWithTypeInfo(info, {
      enter(node) {
        if (node.kind === Kind.DIRECTIVE) inside.push(null);
        if (node.kind === Kind.FIELD) {
          const parent = info.getParentType();
          inside.push({ node, parent });
          for (const one of wanted) {
            if (!one.argument && same(one.field, node.name.value) && fits(one.type, parent, shown)) note(one, node.name, parent);
          }
        }
        const field = inside.at(-1);
        if (node.kind === Kind.ARGUMENT && field) {
          for (const one of wanted) {
            const of_it = one.argument && same(one.argument, node.name.value) && same(one.field, field.node.name.value);
            if (of_it && fits(one.type, field.parent, shown)) note(one, node.name, field.parent);
          }
        }
        if (node.kind === Kind.OBJECT_FIELD) {
          const parent = info.getParentInputType();
          const known = parent ? getNamedType(parent) : undefined;
          for (const one of wanted) {
            if (!one.argument && same(one.field, node.name.value) && fits_input(one.type, known, shown)) note(one, node.name, known);
          }
        }
      },
      leave(node) {
        if (node.kind === Kind.DIRECTIVE || node.kind === Kind.FIELD) inside.pop();
      },
    }),
  );
  const sure = new Set(found.filter(place => !place.guessed).map(place => place.coordinate));
  return found.filter(place => !place.guessed || !sure.has(place.coordinate));
}

// `T.f`, `T.f(a:)`, with or without the name of a source before it.
function coordinate(text: string): Coordinate | undefined {
  const parts = /^(?:[\w-]+:)?(\w+|\*)\.(\w+|\*)(?:\((\w+):\))?$/.exec(text);
  if (!parts?.[1] || !parts[2]) return undefined;
  return { text, type: parts[1], field: parts[2], argument: parts[3] };
}

function same(wanted: string, name: string): boolean {
  return wanted === "*" || wanted === name;
}

// Could `type` be what stands at a place where the schema says `parent`? Permissions are of object types; a query may have
// come there by an interface.
function fits(type: string, parent: Known, schema: GraphQLSchema): boolean {
  if (isInputObjectType(schema.getType(type))) return false;
  if (!parent || type === "*" || parent.name === type) return true;
  if (!isAbstractType(parent)) return false;
  const named = schema.getType(type);
  if (!named) return true;
  if (isInterfaceType(parent) && !isObjectType(named)) return false;
  return isObjectType(named) && schema.isSubType(parent, named);
}

function fits_input(type: string, parent: Known, schema: GraphQLSchema): boolean {
  if (parent) return parent.name === type;
  const named = schema.getType(type);
  return !named || isInputObjectType(named);
}

// What a permission is for, in words; what the schema says of it comes from one's own, which may hold it.
export function words(text: string, own: GraphQLSchema | null): string {
  const one = coordinate(text);
  if (!one) return "";
  const type = own?.getType(one.type);
  const field = isObjectType(type) || isInputObjectType(type) ? type.getFields()[one.field] : undefined;
  const argument = field && "args" in field ? field.args.find(found => found.name === one.argument) : undefined;
  const said = (one.argument ? argument : field)?.description?.split(/\n\n|(?<=\.)\s/)[0];
  if (said) return said;
  if (one.argument) return `the argument “${one.argument}” of ${one.type}.${one.field}`;
  if (one.type === "Query") return `the query “${one.field}”`;
  if (one.type === "Mutation") return `the mutation “${one.field}”`;
  return `“${one.field}” of ${one.type}`;
}
