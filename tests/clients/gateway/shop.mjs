// The shop's schema with what answers it: a few things in memory, the same in every process.
import { readFileSync } from 'node:fs';
import { GraphQLError } from 'graphql';
import { createSchema } from 'graphql-yoga';

// ROOTS=hasura calls the root types as some servers do.
const roots =
  process.env.ROOTS === 'hasura'
    ? { Query: 'query_root', Mutation: 'mutation_root', Subscription: 'subscription_root' }
    : {};
const sdl = Object.entries(roots).reduce(
  (sdl, [name, other]) => sdl.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), other),
  readFileSync(new URL('shop.graphql', import.meta.url), 'utf8'),
);

// Numbers as other languages write them, which JavaScript would write in another way or not at all.
const number = (text) => `number:${text}`;
export const withNumbers = (json) => json.replace(/"number:([^"]+)"/g, '$1');

const products = [
  {
    id: '1',
    sku: 'OT-1',
    name: 'Otter lamp',
    euros: 39.9,
    tags: ['lamp', 'wood'],
    weight: 1.25,
    stock: 4,
    maker: 'm1',
  },
  { id: '2', sku: 'FJ-2', name: 'Fjord map', euros: 12, tags: ['paper'], weight: 1e-7, stock: 0, maker: 'm2' },
  {
    id: '3',
    sku: 'LA-3',
    name: 'Lantern “Nº 9” \u{1F3EE}',
    euros: 75.5,
    tags: [],
    weight: null,
    stock: null,
    maker: null,
  },
].map((product, index) => ({
  ...product,
  kind: 'Product',
  description: index === 0 ? 'Line one\nline "two" \\ and a tab\t' : null,
  details: {
    zebra: number(`${index}.50`),
    apple: [number('-0'), null, { deep: number('1E400') }],
    'with space': '',
    7: '</script>',
  },
  madeAt: `2026-0${index + 1}-01T12:00:00Z`,
}));
const bundles = [{ id: 'b1', kind: 'Bundle', name: 'Otter and fjord', euros: 49, of: ['1', '2'] }];
const articles = [{ id: 'a1', kind: 'Article', title: 'How a lamp is made', body: 'Of wood.' }];
const makers = [
  { id: 'm1', kind: 'Maker', name: 'Woodwork', country: 'NO' },
  { id: 'm2', kind: 'Maker', name: 'Paperwork', country: 'SE' },
];
const users = [
  { id: 'u1', kind: 'User', displayName: 'Nora', email: 'nora@shop.example', role: 'CUSTOMER' },
  { id: 'u2', kind: 'User', displayName: 'Emil', email: 'emil@shop.example', role: 'STAFF' },
];
const orders = [{ id: 'o1', kind: 'Order', by: 'u1', status: 'SENT', of: ['1', '3'] }];
const reviews = [
  { id: 'r1', kind: 'Review', product: '1', stars: 5, text: 'Bright.', by: 'u1' },
  { id: 'r2', kind: 'Review', product: '1', stars: 2, text: null, by: 'u2' },
];

const everything = () => [products, bundles, articles, makers, users, orders, reviews].flat();
const find = (list, id) => list.find((thing) => thing.id === id) ?? null;
const known = (list, id) => {
  const found = find(list, id);
  if (!found) throw new GraphQLError(`there is no ${id}`, { extensions: { code: 'NOT_FOUND', id } });
  return found;
};
const rates = { EUR: 1, USD: 1.1, DEM: 1.95583 };
const money = (euros, currency) => `${(euros * rates[currency]).toFixed(2)} ${currency}`;
const price = ({ euros }, { currency, quantity = 1 }) => money(euros * quantity, currency);
const stars = ({ id }) => Math.max(0, ...reviews.filter(({ product }) => product === id).map((review) => review.stars));
const order = {
  NAME: (one, other) => (one.name < other.name ? -1 : 1),
  PRICE: (one, other) => one.euros - other.euros,
  STARS: (one, other) => stars(other) - stars(one),
};

function fits(product, { name, tags, price, inStock, anyOf, sku }) {
  return (
    (name == null || product.name.includes(name)) &&
    (tags == null || tags.every((tag) => product.tags.includes(tag))) &&
    (price?.atLeast == null || product.euros >= price.atLeast) &&
    (price?.atMost == null || product.euros <= price.atMost) &&
    (!inStock || product.stock > 0) &&
    (anyOf == null || anyOf.some((one) => fits(product, one))) &&
    (sku == null || product.sku === sku)
  );
}

const ofKind = { __resolveType: ({ kind }) => kind };
const resolvers = {
  Node: ofKind,
  Priced: ofKind,
  SearchResult: ofKind,
  Product: {
    price,
    barcode: ({ id }) => `900719925474099${id}`,
    maker: ({ maker }) => find(makers, maker),
    reviews: ({ id }, { first, minimumStars }) =>
      reviews.filter((review) => review.product === id && review.stars >= (minimumStars ?? 0)).slice(0, first),
    related: ({ id }) => products.filter((other) => other.id !== id),
    supplier: ({ id }) => {
      if (id !== '2') return { name: 'Supplies', email: 'orders@supplies.example' };
      throw new GraphQLError('the supplier does not answer', {
        extensions: { code: 'SUPPLIER_DOWN', retryAfter: number('1.50'), tried: ['a', 'b'] },
      });
    },
    purchasePrice: ({ euros }) => money(euros / 2, 'EUR'),
  },
  Bundle: { price, products: ({ of }) => of.map((id) => find(products, id)) },
  Maker: { products: ({ id }) => products.filter(({ maker }) => maker === id) },
  Review: { author: ({ by }) => find(users, by) },
  User: {
    orders: ({ id }, { first }) => {
      const nodes = orders.filter(({ by }) => by === id);
      return {
        nodes: nodes.slice(0, first),
        pageInfo: { hasNextPage: nodes.length > first, endCursor: nodes.at(-1)?.id },
      };
    },
  },
  Order: {
    products: ({ of }) => of.map((id) => find(products, id)),
    total: ({ of }) =>
      money(
        of.reduce((sum, id) => sum + find(products, id).euros, 0),
        'EUR',
      ),
  },
  AddReviewPayload: { query: () => ({}) },
  Query: {
    products: (_, { first, filter, order: by }) =>
      products
        .filter((product) => fits(product, filter ?? {}))
        .sort(order[by])
        .slice(0, first),
    product: (_, { id }) => find(products, id),
    productBy: (_, { by }) => products.find(({ id, sku }) => id === by.id || sku === by.sku) ?? null,
    priced: () => [...products, ...bundles],
    search: (_, { query, first }) =>
      everything()
        .filter(({ name, title }) => (name ?? title)?.includes(query))
        .filter(({ kind }) => kind !== 'Maker')
        .slice(0, first),
    node: (_, { id }) => find(everything(), id),
    users: (_, { role }) => users.filter((user) => role == null || user.role === role),
    user: (_, { id }) => find(users, id),
    broken: () => {
      throw new GraphQLError('it broke', { extensions: { code: 'BROKEN' } });
    },
    statistics: (_, { of }) => ({ products: products.length, of }),
  },
  Mutation: {
    addReview: (_, { input: { product, stars, text } }) => {
      const reviewed = known(products, product);
      const review = { id: `r${reviews.length + 1}`, kind: 'Review', product, stars, text, by: 'u1' };
      reviews.push(review);
      return { review, product: reviewed };
    },
    setStock: (_, { product, stock }) => Object.assign(known(products, product), { stock }),
    closeShop: () => {
      throw new GraphQLError('it stays open', { extensions: { code: 'STAYS_OPEN' } });
    },
  },
  Subscription: {
    // One change for each product, then it is over.
    stockChanged: {
      async *subscribe(_, { product }) {
        for (const changed of products.filter(({ id }) => product == null || id === product))
          yield { stockChanged: changed };
      },
    },
  },
};

const named = Object.fromEntries(Object.entries(resolvers).map(([name, fields]) => [roots[name] ?? name, fields]));
export const schema = createSchema({ typeDefs: sdl, resolvers: named });
schema.getType('BigInteger').serialize = number;
