// As whom requests run, and how that is said: to the server by headers, to the person by a sentence.
import type { GraphQLSchema } from "graphql";
import type { Start } from "./start";

export type Identity =
  | { kind: "self"; name: string }
  | { kind: "pasted"; secret: string }
  | { kind: "token"; id: string; name: string }
  | { kind: "role"; id: string; name: string }
  | { kind: "nobody" };

// The value of the identity in the picker.
export function key(identity: Identity): string {
  return "id" in identity ? `${identity.kind}:${identity.id}` : identity.kind;
}

export function first(start: Start): Identity {
  return start.user ? { kind: "self", name: start.user.name } : { kind: "nobody" };
}

// The identity that a value of the picker names; `undefined`: none that is there.
export function of(value: string, start: Start, secret: string | null): Identity | undefined {
  if (value === "self" || value === "nobody") return first(start);
  if (value === "pasted") return secret === null ? undefined : { kind: "pasted", secret };
  const [kind, id] = value.split(":");
  if (kind !== "token" && kind !== "role") return undefined;
  const found = (kind === "token" ? start.tokens : start.roles).find(one => one.id === id);
  return found && { kind, id: found.id, name: found.name };
}

export function headers(identity: Identity): Record<string, string> {
  switch (identity.kind) {
    case "pasted":
      return { authorization: `Bearer ${identity.secret}` };
    case "token":
    case "role":
      return { "doorward-act-as": key(identity) };
    default:
      return {};
  }
}

// Whose powers they are, in a few words.
export function name(identity: Identity): string {
  switch (identity.kind) {
    case "self":
      return identity.name;
    case "pasted":
      return "the token that you pasted";
    case "nobody":
      return "nobody";
    default:
      return identity.name;
  }
}

// A sentence in three parts: what stands before the name, the name, what stands after it.
export function sentence(identity: Identity, schema: GraphQLSchema | null | undefined): [string, string, string] {
  const open = schema ? `: ${counts(schema)}.` : ".";
  switch (identity.kind) {
    case "self":
      return ["You run as yourself, ", identity.name, `, and may all that your roles open${open}`];
    case "pasted":
      return [
        "You see and may run what ",
        "the token that you pasted",
        ` may${open} It stays in this tab's memory and is gone when you leave or reload.`,
      ];
    case "token":
      return ["You see and may run what ", identity.name, ` may, as far as you may${open} Its secret is not needed.`];
    case "role":
      return ["You see and may run what the role ", identity.name, ` opens, as far as you may${open}`];
    case "nobody":
      return ["You are not signed in", "", ", so nothing is open. Sign in, or run as a token that you have."];
  }
}

function counts(schema: GraphQLSchema): string {
  const of = (type: { getFields(): object } | null | undefined) => (type ? Object.keys(type.getFields()).length : 0);
  const [queries, mutations] = [of(schema.getQueryType()), of(schema.getMutationType())];
  const counted = (n: number, one: string, many: string) => (n === 0 ? `no ${one}` : `${n} ${n === 1 ? one : many}`);
  return `${counted(queries, "query", "queries")} and ${counted(mutations, "mutation", "mutations")}`;
}
