// Sends GraphiQL's requests as one identity. All that are under way end with it.
import type { Fetcher, FetcherOpts, FetcherParams } from "@graphiql/toolkit";
import { headers, type Identity } from "./identity";

export interface GraphQLError {
  message: string;
  extensions?: { code?: string; reason?: string; missing?: string[] };
}

// What came back, and for what.
export interface Answer {
  query: string;
  status: number;
  milliseconds: number;
  // Whether the tab Headers named the credential.
  by_hand: boolean;
  errors: GraphQLError[];
}

export interface Sender {
  fetcher: Fetcher;
  stop(): void;
}

export const INTROSPECTION = "IntrospectionQuery";

interface Observer {
  next(value: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

export function sender(endpoint: string, identity: Identity, answered: (answer: Answer) => void): Sender {
  const under_way = new Set<AbortController>();

  async function send(params: FetcherParams, opts: FetcherOpts | undefined, signal: AbortSignal): Promise<unknown> {
    const sent = merged(headers(identity), opts?.headers);
    const began = performance.now();
    const response = await fetch(endpoint, {
      method: "POST",
      // A token that is named must stand alone: dead, it is refused, and no session steps in for it.
      credentials: sent.has("authorization") ? "omit" : "same-origin",
      headers: sent,
      body: JSON.stringify(params),
      signal,
    });
    const text = await response.text();
    const milliseconds = Math.round(performance.now() - began);
    const value = parsed(text, response.status);
    if (params.operationName !== INTROSPECTION) {
      const by_hand = names_credential(opts?.headers);
      answered({ query: params.query, status: response.status, milliseconds, by_hand, errors: errors(value) });
    }
    return value;
  }

  const fetcher: Fetcher = (params, opts) => ({
    subscribe(observer: Observer) {
      const control = new AbortController();
      under_way.add(control);
      send(params, opts, control.signal)
        .then(
          value => {
            if (control.signal.aborted) return;
            observer.next(value);
            observer.complete();
          },
          error => {
            if (!control.signal.aborted) observer.error({ message: `The request failed: ${error.message}` });
          },
        )
        .finally(() => under_way.delete(control));
      return { unsubscribe: () => control.abort() };
    },
  });

  return {
    fetcher,
    stop() {
      for (const control of under_way) control.abort();
    },
  };
}

export function names_credential(typed: FetcherOpts["headers"]): boolean {
  return Object.keys(typed ?? {}).some(name => name.toLowerCase() === "authorization");
}

// The headers of the editor's tab win over the identity's: they were written by hand.
function merged(identity: Record<string, string>, typed: FetcherOpts["headers"]): Headers {
  const all = new Headers({
    "content-type": "application/json",
    accept: "application/graphql-response+json, application/json;q=0.9",
    ...identity,
  });
  for (const [name, value] of Object.entries(typed ?? {})) all.set(name, String(value));
  if (all.has("authorization")) all.delete("doorward-act-as");
  return all;
}

function parsed(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { errors: [{ message: `The server answered ${status}, and no JSON: ${text.slice(0, 200)}` }] };
  }
}

function errors(value: unknown): GraphQLError[] {
  const list = (value as { errors?: GraphQLError[] } | null)?.errors;
  return Array.isArray(list) ? list : [];
}
