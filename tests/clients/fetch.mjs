// A Doorward client as a script with fetch would have it: sign-in, refresh, calls, tokens.
// Takes URL, USERNAME, PASSWORD and TOKEN (a read-write token of that user's) from the environment.
import { randomUUID } from 'node:crypto';

const { URL: base, USERNAME: username, PASSWORD: password, TOKEN: pat } = process.env;

const ME = '{ me { name username } }';
const SIGN_IN = `mutation ($credentials: SignInCredentials!) {
  signIn(credentials: $credentials) { accessToken refreshToken tokenType expiresIn }
}`;
const REFRESH = 'mutation ($token: String!) { signInRefresh(refreshToken: $token) { accessToken } }';
const CREATE = `mutation ($name: String!, $role: TokenRole, $days: Int) {
  createPersonalAccessToken(name: $name, role: $role, expiryInDays: $days)
}`;
const LIST = '{ viewPersonalAccessTokens { id name role hint status created_at expires_at } }';

function expect(holds, what) {
  if (holds) return;
  console.log(`FAIL  fetch: ${what}`);
  process.exit(1);
}

async function ask(query, variables, token, path = '/graphql') {
  const response = await fetch(base.replace(/\/$/, '') + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }), // JSON leaves out variables that are undefined
    redirect: 'manual',
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  expect(response.status === 200, `${path} answered ${response.status}: ${text.slice(0, 300)}`);
  const body = JSON.parse(text);
  expect(!('errors' in body), `${path} answered errors: ${text.slice(0, 300)}`);
  return { data: body.data, text, headers: response.headers };
}

async function signedIn() {
  const { signIn } = (await ask(SIGN_IN, { credentials: { userName: username, password } })).data;
  expect(signIn.accessToken.startsWith('dwd_at_'), 'signIn gave no access token');
  expect(signIn.refreshToken.startsWith('dwd_rt_'), 'signIn gave no refresh token');
  expect(signIn.expiresIn === 3600, `the access token lives ${signIn.expiresIn} s, not an hour`);
  expect(signIn.tokenType.toLowerCase() === 'bearer', `tokenType is ${signIn.tokenType}`);
  console.log('ok  fetch: signs in');

  const access = [signIn.accessToken];
  for (let time = 0; time < 2; time += 1) {
    access.push((await ask(REFRESH, { token: signIn.refreshToken })).data.signInRefresh.accessToken);
  }
  expect(new Set(access).size === 3, 'a refresh gave an access token a second time');
  console.log('ok  fetch: refreshes twice with one refresh token');
  return access;
}

async function calls(tokens) {
  for (const path of ['/graphql', '/graphql/', '/api/graphql', '/api/graphql/']) {
    for (const token of tokens) {
      const { me } = (await ask(ME, undefined, token, path)).data;
      expect(me.username === username, `${path} says that we are ${JSON.stringify(me)}`);
      expect(typeof me.name === 'string', `${path} gives no name: ${JSON.stringify(me)}`);
    }
  }
  console.log('ok  fetch: calls all four paths with access tokens and a personal access token');
}

async function makesTokens() {
  const run = `fetch ${randomUUID()}`;
  // What is asked for, what the token is then: read-only and 365 days unless said otherwise.
  const wanted = [
    { ask: { name: `${run} plain`, role: 'ROLE_READ_WRITE', days: 30 }, role: 'ROLE_READ_WRITE', days: 30 },
    { ask: { name: `${run} expiry left out`, role: 'ROLE_READ_WRITE' }, role: 'ROLE_READ_WRITE', days: 365 },
    { ask: { name: `${run} role null`, role: null, days: 1 }, role: 'ROLE_READ_ONLY', days: 1 },
  ];
  for (const token of wanted) token.secret = (await ask(CREATE, token.ask, pat)).data.createPersonalAccessToken;
  const listed = await ask(LIST, undefined, pat);
  for (const { ask: { name }, role, days, secret } of wanted) {
    expect(/^dwd_pat_[0-9A-Za-z]{36}$/.test(secret), `${name}: not a personal access token`);
    const used = await ask(ME, undefined, secret);
    expect(used.data.me.username === username, `${name}: the new token is somebody else's`);

    const rows = listed.data.viewPersonalAccessTokens.filter((row) => row.name === name);
    expect(rows.length === 1, `${name}: listed ${rows.length} times`);
    const [row] = rows;
    expect(row.role === role, `${name}: its role is ${row.role}, not ${role}`);
    const lives = (Date.parse(row.expires_at) - Date.parse(row.created_at)) / 86_400_000;
    expect(lives === days, `${name}: it lives ${lives} days, not ${days}`);
    const told = used.headers.get('doorward-token-expires-at') ?? 'no header';
    expect(told.slice(0, 19) === row.expires_at.slice(0, 19), `${name}: the answer says it ends ${told}, the list ${row.expires_at}`);
    expect(row.hint.endsWith(secret.slice(-4)), `${name}: the hint does not end as the token does`);
    expect(!listed.text.includes(secret.slice(8, 38)), `${name}: the list shows the secret`);
  }
  console.log('ok  fetch: makes tokens, uses them, finds them listed without their secrets');
}

for (const needed of ['URL', 'USERNAME', 'PASSWORD', 'TOKEN']) expect(process.env[needed], `${needed} is not set`);
try {
  await calls([...(await signedIn()), pat]);
  await makesTokens();
} catch (error) {
  expect(false, `${error.message} ${error.cause?.message ?? ''}`); // no answer, or one of another shape
}
