// Where in a query the permissions are needed that are missing. The schema at hand may lack just these fields, and then
// nothing is known of the types below them: a permission that no place of a known type needs is looked for by the names of
// fields alone. What a variable holds is not known either: what nothing else needs is sought in those that may lead to it.
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
  type GraphQLType,
  type NameNode,
  type TypeNode,
} from "graphql";

export interface Place {
  coordinate: string;
  line: number;
  column: number;
  length: number;
  // Whether it is where the permission may be needed: the name fits, or a variable may hold it.
  guessed: boolean;
}

interface Coordinate {
  text: string;
  type: string;
  // Without one it is a type by itself: any of its fields would do.
  field?: string;
  argument?: string;
}

type Known = GraphQLNamedType | null | undefined;

export function places(query: string, missing: string[], schema: GraphQLSchema | null | undefined): Place[] {
  let document: DocumentNode;
  try {
    document = parse(query);
  } catch {
    return [];
  }
  const shown = schema ?? new GraphQLSchema({});
  const wanted = missing.map(text => coordinate(text, shown)).filter(one => one !== undefined);
  const info = new TypeInfo(shown);
  const found: Place[] = [];
  // The fields that one is inside of, and their parents; `null` in a directive, whose arguments are nobody's.
  const inside: ({ node: FieldNode; parent: Known } | null)[] = [];

  const note = (one: Coordinate, { loc, value }: NameNode, guessed: boolean) => {
    if (!loc) return;
    const { line, column } = loc.startToken;
    found.push({ coordinate: one.text, line, column, length: value.length, guessed });
  };
  // Of a type by itself: where it comes from.
  const note_type = (name: NameNode, type: GraphQLType | null | undefined) => {
    const known = type ? getNamedType(type).name : undefined;
    for (const one of wanted) if (!one.field && one.type === known) note(one, name, false);
  };

  visit(
    document,
    visitWithTypeInfo(info, {
      enter(node) {
        if (node.kind === Kind.DIRECTIVE) inside.push(null);
        if (node.kind === Kind.FIELD) {
          const parent = info.getParentType();
          // Nothing else leads to a root.
          if (node.name.value === "__typename" && inside.length === 0) note_type(node.name, parent);
          inside.push({ node, parent });
          note_type(node.name, info.getFieldDef()?.type);
          for (const one of wanted) {
            if (!one.argument && same(one.field, node.name.value) && fits(one.type, parent, shown)) note(one, node.name, !parent);
          }
        }
        if ((node.kind === Kind.INLINE_FRAGMENT || node.kind === Kind.FRAGMENT_DEFINITION) && node.typeCondition) {
          note_type(node.typeCondition.name, info.getType());
        }
        if (node.kind === Kind.VARIABLE_DEFINITION) {
          const type = info.getInputType();
          const holds = type ? led_to(getNamedType(type)) : new Set([name_of(node.type)]);
          for (const one of wanted) {
            if (!one.argument && holds.has(one.type)) note(one, node.variable.name, one.field !== undefined || !type);
          }
        }
        const field = inside.at(-1);
        if (node.kind === Kind.ARGUMENT) note_type(node.name, info.getInputType());
        if (node.kind === Kind.ARGUMENT && field) {
          for (const one of wanted) {
            const of_it = one.argument && same(one.argument, node.name.value) && same(one.field, field.node.name.value);
            if (of_it && fits(one.type, field.parent, shown)) note(one, node.name, !field.parent);
          }
        }
        if (node.kind === Kind.OBJECT_FIELD) {
          const parent = info.getParentInputType();
          const known = parent ? getNamedType(parent) : undefined;
          note_type(node.name, info.getInputType());
          for (const one of wanted) {
            if (!one.argument && same(one.field, node.name.value) && fits_input(one.type, known, shown)) note(one, node.name, !known);
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

// `T.f`, `T.f(a:)`, `T`, with or without the name of a source before it. The roots are always called the same there, whatever
// the schema calls them.
function coordinate(text: string, schema: GraphQLSchema | null): Coordinate | undefined {
  const parts = /^(?:[\w-]+:)?(\w+|\*)(?:\.(\w+|\*)(?:\((\w+):\))?)?$/.exec(text);
  if (!parts?.[1]) return undefined;
  const roots: Record<string, GraphQLNamedType | null | undefined> = {
    Query: schema?.getQueryType(),
    Mutation: schema?.getMutationType(),
    Subscription: schema?.getSubscriptionType(),
  };
  return { text, type: roots[parts[1]]?.name ?? parts[1], field: parts[2], argument: parts[3] };
}

function same(wanted: string | undefined, name: string): boolean {
  return wanted === "*" || wanted === name;
}

// The types that a value of an input type may hold somewhere in it.
function led_to(type: GraphQLNamedType, seen = new Set<string>()): Set<string> {
  if (seen.has(type.name)) return seen;
  seen.add(type.name);
  if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) led_to(getNamedType(field.type), seen);
  }
  return seen;
}

function name_of(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : name_of(type.type);
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
  const one = coordinate(text, own);
  if (!one) return "";
  if (!one.field) return `any field of “${one.type}”`;
  const type = own?.getType(one.type);
  const field = isObjectType(type) || isInputObjectType(type) ? type.getFields()[one.field] : undefined;
  const argument = field && "args" in field ? field.args.find(found => found.name === one.argument) : undefined;
  const said = (one.argument ? argument : field)?.description?.split(/\n\n|(?<=\.)\s/)[0];
  if (said) return said;
  if (one.argument) return `the argument “${one.argument}” of ${one.type}.${one.field}`;
  if (/\bQuery\./.test(text)) return `the query “${one.field}”`;
  if (/\bMutation\./.test(text)) return `the mutation “${one.field}”`;
  return `“${one.field}” of ${one.type}`;
}
