// Links that fill the editor. They run nothing: whoever opens one reads first.

export interface Linked {
  query?: string;
  variables?: string;
  operationName?: string;
}

// What the page's address brought; it is taken out of it, so that loading the page again keeps what was typed since.
export function linked(): Linked {
  const asked = new URLSearchParams(location.search);
  if (location.search) history.replaceState(null, "", location.pathname + location.hash);
  const of = (name: string) => asked.get(name) || undefined;
  return { query: of("query"), variables: of("variables"), operationName: of("operationName") };
}

// A link to what is in the editor. Headers stay out of it.
export function link({ query, variables, operationName }: Linked): string {
  const told = new URLSearchParams();
  if (query) told.set("query", query);
  if (variables?.trim()) told.set("variables", variables);
  if (operationName) told.set("operationName", operationName);
  return `${location.origin}${location.pathname}?${told}`;
}

// Where a token is made for a query: the form fills itself from the address and makes nothing.
export function token_form(query: string): string {
  return `/tokens/new?${new URLSearchParams({ powers: "paste", query })}`;
}
