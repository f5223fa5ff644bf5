// What somebody writes against the generated types. `codegen.mjs` puts it beside them, type-checks both, and runs it.
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { AddReviewDocument, ProductByDocument, ProductOrder, ProductsDocument, SearchDocument } from './graphql.js';
import type { Product, Query, User } from './graphql.js';

// The variables have to be what the document takes, and the answer is what it asks for.
const run = <Data, Variables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  holds: (data: Data) => boolean,
) => ({
  document,
  variables,
  holds,
});

export const runs = [
  run(ProductsDocument, { first: 2, order: ProductOrder.Stars }, ({ cheapest }) => cheapest[0]?.name === 'Otter lamp'),
  run(
    ProductsDocument,
    { filter: { anyOf: [{ price: { atMost: 20 } }, { tags: ['wood'] }], inStock: true }, named: false },
    ({ cheapest }) => cheapest.every(({ name, price }) => name === undefined && price.endsWith(' USD')),
  ),
  run(SearchDocument, { words: 'lamp' }, ({ search }) =>
    search.every((found) => (found.__typename === 'Article' ? found.title : found.name).includes('lamp')),
  ),
  run(ProductByDocument, { by: { id: '2' } }, ({ productBy }) => productBy?.name === 'Fjord map'),
  run(
    AddReviewDocument,
    { input: { product: '3', stars: 4, text: '“Bright”\n' } },
    ({ addReview }) => addReview.review.stars === 4,
  ),
];

// The token may read these.
export type Read = [Product['barcode'], User['displayName'], Query['products']];
// It may not read these, so they are not there.
// @ts-expect-error not granted
export type Supplier = Product['supplier'];
// @ts-expect-error not granted
export type Email = User['email'];
// @ts-expect-error not granted
export type Users = Query['users'];
