// Apollo Client, urql and graphql-request, each as its guide sets it up, with the token as a header: a query with
// variables, a mutation, and a refusal, whose `extensions.missing` has to reach whoever wrote the program.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client/core';
import { cacheExchange, Client, fetchExchange } from '@urql/core';
import { ClientError, GraphQLClient } from 'graphql-request';
import { endpoint, headers } from './asked.mjs';

const document = (name) => gql(readFileSync(new URL(`documents/clients/${name}.graphql`, import.meta.url), 'utf8'));
const [products, addReview, emails] = ['products', 'addReview', 'emails'].map(document);
// What a refusal tells, when the token is held to the other two documents and when it is not.
const told = process.env.HELD_TO_DOCUMENTS
  ? { reason: 'DOCUMENT_NOT_ALLOWED' }
  : { missing: ['Query.users', 'User.email'] };

const apollo = new ApolloClient({ link: new HttpLink({ uri: endpoint, headers }), cache: new InMemoryCache() });
const urql = new Client({
  url: endpoint,
  exchanges: [cacheExchange, fetchExchange],
  fetchOptions: { headers },
  preferGetMethod: false,
});
const request = new GraphQLClient(endpoint, { headers });

const urqlData = async ({ data, error }) => {
  if (error) throw error;
  return data;
};
const clients = {
  'Apollo Client': {
    query: (query, variables) => apollo.query({ query, variables }).then(({ data }) => data),
    mutate: (mutation, variables) => apollo.mutate({ mutation, variables }).then(({ data }) => data),
    refusal: (error) => CombinedGraphQLErrors.is(error) && error.errors[0],
  },
  urql: {
    query: (query, variables) => urql.query(query, variables).toPromise().then(urqlData),
    mutate: (mutation, variables) => urql.mutation(mutation, variables).toPromise().then(urqlData),
    refusal: (error) => error.graphQLErrors[0],
  },
  'graphql-request': {
    query: (query, variables) => request.request(query, variables),
    mutate: (mutation, variables) => request.request(mutation, variables),
    refusal: (error) => error instanceof ClientError && error.response.errors[0],
  },
};

for (const [name, client] of Object.entries(clients)) {
  const found = await client.query(products, { filter: { price: { atMost: 20 } } });
  assert.deepEqual(
    found.products.map(({ id, name, price }) => [id, name, price]),
    [['2', 'Fjord map', '13.20 USD']],
    name,
  );
  const added = await client.mutate(addReview, { input: { product: '2', stars: 3, text: name } });
  assert.deepEqual(
    { ...added.addReview.review, __typename: undefined },
    { stars: 3, text: name, __typename: undefined },
    name,
  );
  const error = await client.query(emails, {}).then(
    (data) => assert.fail(`${name} is not refused, but given ${JSON.stringify(data)}`),
    (error) => error,
  );
  const refusal = client.refusal(error);
  assert.ok(refusal, `${name} does not tell the refusal: ${error}`);
  assert.deepEqual(refusal.extensions, { code: 'FORBIDDEN', ...told }, name);
}
console.log(`${Object.keys(clients).length} clients: a query, a mutation and a refusal each`);
