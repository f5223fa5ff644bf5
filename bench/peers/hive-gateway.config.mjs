// Hive Gateway with a rule for each field: the token is verified, and its scopes are held against the supergraph's directives.
import { createInlineSigningKeyProvider, defineConfig, extractFromHeader } from '@graphql-hive/gateway';
import { readFileSync } from 'node:fs';

export const gatewayConfig = defineConfig({
  supergraph: process.env.SUPERGRAPH,
  logging: 'error',
  jwt: {
    tokenLookupLocations: [extractFromHeader({ name: 'authorization', prefix: 'Bearer' })],
    signingKeyProviders: [createInlineSigningKeyProvider(readFileSync(process.env.PUBLIC_KEY, 'utf8'))],
    tokenVerification: { algorithms: ['RS256'] },
    reject: { missingToken: true, invalidToken: true },
  },
  genericAuth: {
    mode: 'protect-granular',
    resolveUserFn: (context) => context.jwt?.payload,
    rejectUnauthenticated: true,
  },
});
