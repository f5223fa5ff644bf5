// Runs every server audit of graphql-http against one endpoint, with a token:
//   node audits.mjs --url http://127.0.0.1:8080/graphql --token dwd_pat_…
// A MUST or SHOULD that is not ok fails the run. A MAY is a permission and binds nobody: it is printed, not counted.
import { parseArgs } from 'node:util';
import { serverAudits } from 'graphql-http';

const { values } = parseArgs({ options: { url: { type: 'string' }, token: { type: 'string' } } });
if (!values.url || !values.token) {
  console.error('usage: node audits.mjs --url URL --token TOKEN');
  process.exit(2);
}

// The audits know no credential; without this one all that they would see is 401.
const fetchFn = (url, init = {}) => {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${values.token}`);
  return fetch(url, { ...init, headers, redirect: 'manual', signal: AbortSignal.timeout(10_000) });
};

const failed = { MUST: 0, SHOULD: 0, MAY: 0 };
const seen = { MUST: [], SHOULD: [], MAY: [] };
for (const audit of serverAudits({ url: values.url, fetchFn })) {
  const level = audit.name.split(' ')[0];
  if (!(level in seen)) throw new Error(`audit ${audit.id} is none of MUST, SHOULD, MAY: ${audit.name}`);
  seen[level].push(audit.id);
  // An audit throws where there was no answer at all; that is not ok either.
  const result = await audit.fn().catch((error) => ({ status: 'error', reason: error.cause?.message ?? error.message }));
  if (result.status === 'ok') continue;
  failed[level] += 1;
  const counts = level === 'MAY' ? ' (MAY: not counted)' : '';
  console.log(`not ok  ${audit.id} ${audit.name}: ${result.reason}${counts}`);
}

const [must, should, may] = Object.values(seen).map((ids) => ids.length);
console.log(`MUST ${must}, SHOULD ${should}, MAY ${may}; ${failed.MAY} of the MAY ones not ok; MAY are ${seen.MAY.join(' ')}`);
const total = must + should + may;
const bad = failed.MUST + failed.SHOULD;
console.log(`${total} audits, ${bad} not ok`);
process.exit(total === 0 || bad > 0 ? 1 : 0);
