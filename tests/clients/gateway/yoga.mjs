// The shop behind GraphQL Yoga.
import { createYoga } from 'graphql-yoga';
import { listen } from './recording.mjs';
import { withNumbers, schema } from './shop.mjs';

const yoga = createYoga({ schema, graphiql: false, logging: 'error' });

listen(async ({ method, url, headers, body }) => {
  const response = await yoga.fetch(`http://${headers.host}${url}`, { method, headers, ...(body && { body }) });
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: withNumbers(await response.text()),
  };
});
