// The shop behind Apollo Server.
import { ApolloServer, HeaderMap } from '@apollo/server';
import { listen } from './recording.mjs';
import { withNumbers, schema } from './shop.mjs';

const server = new ApolloServer({ schema, introspection: true, includeStacktraceInErrorResponses: false });
await server.start();

listen(async ({ method, url, headers, body }) => {
  const map = new HeaderMap(Object.entries(headers));
  const request = { method, headers: map, search: new URL(url, 'http://shop').search, body: body && JSON.parse(body) };
  const answered = await server.executeHTTPGraphQLRequest({ httpGraphQLRequest: request, context: async () => ({}) });
  return {
    status: answered.status ?? 200,
    headers: Object.fromEntries(answered.headers),
    body: withNumbers(answered.body.string),
  };
});
