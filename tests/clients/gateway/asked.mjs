// What the scripts are told by their environment, and how they ask by plain fetch.
const wanted = ['ENDPOINT', 'TOKEN'].filter((name) => !process.env[name]);
if (wanted.length > 0) {
  console.error(`set ${wanted.join(' and ')}: Doorward's GraphQL endpoint and a token; API is the API's own endpoint`);
  process.exit(2);
}

export const { ENDPOINT: endpoint, TOKEN: token, API: api } = process.env;
export const headers = { authorization: `Bearer ${token}` };

// The text of the answer: JSON.parse would make other numbers of some.
export async function ask(url, request, more = {}) {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...more },
    body: JSON.stringify(request),
  };
  const response = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(30_000) });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${text}`);
  return text;
}

// What introspection answers to the token.
export async function introspect(query) {
  const { data, errors } = JSON.parse(await ask(endpoint, { query, operationName: 'IntrospectionQuery' }, headers));
  if (errors) throw new Error(`introspection is refused: ${JSON.stringify(errors)}`);
  return data;
}
