// What the page asks the server for besides GraphQL. The server's side is src/console/ide.rs.
//
// GET /graphiql/start, with the console's cookie, not kept by any cache:
//
//   200 {
//     "user": {"name": "Priya Raman", "username": "priya", "about": "priya · Super administrator"},
//     "csrf": "…",                                   for the form that signs out
//     "endpoint": "/graphql",                        what the page at /graphiql asks
//     "tokens": [{"id": "7", "name": "orders-sync", "about": "read-only, 8 permissions"}],
//     "roles": [{"id": "3", "name": "Order desk"}]
//   }
//
// `user` is null for who is not signed in: they may still paste a token; `csrf` is empty then, both lists too. `tokens` and
// `roles` hold those that one may manage and so may run as: what one may not, the page does not offer. `about` may be
// empty. Ids are strings.
//
// POST /graphiql/snippets, application/json, from this origin: {"query": "…", "variables": {…}, "token": "dwd_pat_…"}, where
// `token` is there only if the person said so:
//
//   200 {"curl": "…", "javascript": "…", "python": "…", "go": "…", "postman": "…"}
//
// Anything else is read as {"errors": [{"message": "…"}]}, the form of the endpoint's refusals.
//
// POST to the endpoint, beside the cookie: `doorward-act-as: token:ID` or `doorward-act-as: role:ID`. It is the id and not
// the name, because a header holds no letters but Latin ones. The server lets through what both may.

export interface Person {
  name: string;
  username: string;
  about: string;
}

export interface Named {
  id: string;
  name: string;
  about?: string;
}

export interface Start {
  user: Person | null;
  csrf: string;
  endpoint: string;
  tokens: Named[];
  roles: Named[];
}

export interface Snippets {
  curl: string;
  javascript: string;
  python: string;
  go: string;
  postman: string;
}

// The page is also what a browser sees that opens an endpoint: then it asks that one.
const ENDPOINT = /\/graphql$/;

export async function start(): Promise<Start> {
  // By hand, since the browser would follow a way to the sign-in and bring its page.
  const response = await fetch("/graphiql/start", { credentials: "include" });
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  const got: Start = await response.json();
  const here = location.pathname.replace(/\/$/, "");
  return ENDPOINT.test(here) ? { ...got, endpoint: here } : got;
}

export async function snippets(query: string, variables: unknown, token?: string): Promise<Snippets> {
  const response = await fetch("/graphiql/snippets", {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ query, variables, token }),
  });
  const got = await response.json();
  if (!response.ok) throw new Error(got.errors?.[0]?.message ?? `The server answered ${response.status}.`);
  return got;
}
