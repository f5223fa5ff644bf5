// The IDE: a query is typed and run, and each identity sees its own world.
import { spawnSync } from 'node:child_process';
import { check, eventually, same } from '../harness/checks.mjs';
import { accessible } from '../harness/looks.mjs';
import { signsIn } from '../harness/ways.mjs';

// From a click on the link until one can type and the schema is there.
const USABLE_WITHIN_SECONDS = 20;
const ISSUE = `mutation ($input: IssuePersonalAccessTokenMutationInput) {
  issuePersonalAccessToken(input: $input) { token personal_access_token { id } }
}`;
const NAMES_ALONE = { permissions: ['Query.me', 'Me.name'] };
// A refusal has the status 403 here, which the browser tells of as something that did not load.
const REFUSED = /POST .*\/graphql was answered with 403/;

const editor = (page) => page.getByRole('region', { name: 'Query Editor' }).or(page.locator('.graphiql-query-editor')).first();
const answer = (page) => page.locator('.result-window');
const identity = (page) => page.getByLabel('Run as', { exact: true });

/** Waits until the schema of whoever it runs as is there. */
const ready = (page, who) => page.getByText(who).first().waitFor();

async function opensIde(person) {
  const since = Date.now();
  await person.follows('GraphiQL');
  await editor(person.page).waitFor();
  await ready(person.page, 'You run as yourself');
  return (Date.now() - since) / 1000;
}

async function types(page, text) {
  await editor(page).locator('.view-lines').click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.press('Delete');
  await page.keyboard.type(text, { delay: 20 });
}

async function runs(page) {
  await page.getByRole('button', { name: /Execute query/ }).click();
}

// The editor writes its own spaces.
const written = async (place) => (await place.innerText()).replace(/\s+/g, ' ');
const answered = (page, text) => eventually(`the answer says ${text}`, async () => (await written(answer(page))).includes(text));

/** Somebody with a token that may ask for their name alone, in the IDE. */
async function begins(world) {
  const user = await world.user();
  const api = await world.api.signedInAs(user.username, user.password);
  const name = world.fresh('names');
  const { issuePersonalAccessToken: made } = await api.gets(ISSUE, { input: { name, ...NAMES_ALONE } });
  const person = await world.somebody();
  person.window.expects(REFUSED);
  await signsIn(person, user);
  return { user, person, page: person.page, name, secret: made.token, id: made.personal_access_token.id };
}

async function actsAs(page, name) {
  const options = await identity(page).locator('option').allTextContents();
  const label = options.find((option) => option.startsWith(name));
  check(`“${name}” is offered to run as`, label, options);
  await identity(page).selectOption({ label });
}

async function docs(page) {
  const shown = page.locator('.graphiql-doc-explorer');
  if (!(await shown.isVisible())) await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  const back = page.getByRole('link', { name: /^Go back/ }).or(page.locator('.graphiql-doc-explorer-back'));
  while (await back.first().isVisible()) await back.first().click();
  return shown;
}

export const stories = {
  async 'a query is typed with completion, and run'(world) {
    const { person, page, user } = await begins(world);
    const seconds = await opensIde(person);
    console.log(`from the click to an editor with its schema: ${seconds.toFixed(1)} s`);
    check('the editor is usable in time', seconds < USABLE_WITHIN_SECONDS, `${seconds} s`);
    await types(page, 'query { me { userna');
    await page.keyboard.press('Control+Space');
    const offered = page.locator('.suggest-widget .monaco-list-row', { hasText: 'username' });
    await offered.first().waitFor();
    await offered.first().click();
    await runs(page);
    await answered(page, `"username": "${user.username}"`);
  },

  async 'as a token one sees what the token sees, and no more is run'(world) {
    const { person, page, user, name } = await begins(world);
    await opensIde(person);
    let shown = await docs(page);
    await eventually('the docs know of users of one’s own kind', async () => (await shown.innerText()).includes('PersonalAccessToken'));
    await actsAs(page, name);
    await ready(page, `what ${name} may`);
    shown = await docs(page);
    await eventually('the docs know of nothing else any more', async () => !(await shown.innerText()).includes('PersonalAccessToken'));
    await shown.getByRole('link', { name: 'Query', exact: true }).first().click();
    await eventually('of the queries there is one', async () => /\bme\b/.test(await shown.innerText()));
    await types(page, '{ me { name } }');
    await runs(page);
    await answered(page, `"name": "${user.name}"`);
    await types(page, '{ me { name username } }');
    await runs(page);
    await answered(page, 'not granted: Me.username');
    await person.sees('Me.username');
    await person.sees(/Refused/);
    const marked = page.locator('.graphiql-query-editor [class*=refused], .graphiql-query-editor .squiggly-error, .graphiql-query-editor [class*=missing]');
    await eventually('the field is marked in the query', async () => (await marked.count()) > 0);
  },

  async 'a pasted token is kept in memory alone'(world) {
    const { person, page, user, secret } = await begins(world);
    await opensIde(person);
    await identity(page).selectOption({ label: 'Paste a token…' });
    const dialog = page.getByRole('dialog', { name: 'Run as a token that you have' });
    await dialog.getByRole('textbox').first().fill(secret);
    await dialog.getByRole('button', { name: /Use|Run/ }).click();
    await types(page, '{ me { name } }');
    await runs(page);
    await answered(page, `"name": "${user.name}"`);
    const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href]));
    check('the token is stored nowhere', !stored.includes(secret));
    await page.reload();
    await ready(page, 'You run as yourself');
  },

  async 'from a query to a token for it'(world) {
    const { person, page } = await begins(world);
    await opensIde(person);
    await types(page, 'query Who { me { name } }');
    await person.follows('Create a token for this query');
    await person.isAt('Create token');
    await person.sees('This token can do 1 query and read 1 field; it cannot change anything.');
    same('the query is in the form', (await page.getByLabel('The query, as your program sends it').inputValue()).replace(/\s+/g, ' ').trim(), 'query Who { me { name } }');
  },

  async 'the query as code runs as it is shown'(world) {
    const { person, page, user, secret } = await begins(world);
    await opensIde(person);
    await types(page, '{ me { username } }');
    await person.presses('Copy as code');
    const dialog = page.getByRole('dialog', { name: 'This query as code' });
    await dialog.getByText('curl -X POST').first().waitFor();
    const shown = (await dialog.getByText('curl -X POST').first().textContent()).replace('YOUR_TOKEN', secret);
    const wide = (await (await world.api.signedInAs(user.username, user.password)).gets(ISSUE, { input: { name: world.fresh('wide') } })).issuePersonalAccessToken.token;
    const ran = spawnSync('bash', ['-c', shown.replace(secret, wide)], { encoding: 'utf8', env: { ...process.env, NO_PROXY: '*', no_proxy: '*' } });
    same('curl prints the answer', JSON.parse(ran.stdout), { data: { me: { username: user.username } } });
  },

  async 'a link fills the editor and runs nothing'(world) {
    const { person, page } = await begins(world);
    let asked = 0;
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.postData()?.includes('linked')) asked += 1;
    });
    await person.opens(`/graphql?query=${encodeURIComponent('query linked { me { id } }')}`);
    await ready(page, 'You run as yourself');
    await eventually('the query is in the editor', async () => (await written(editor(page))).includes('query linked'));
    same('nothing was run', asked, 0);
  },

  async 'our own parts of the page are accessible'(world) {
    const { person, page } = await begins(world);
    await opensIde(person);
    const found = await accessible(page);
    const ours = found.filter((one) => !/graphiql-|monaco|\.view-line|radix/.test(one));
    for (const theirs of found.filter((one) => !ours.includes(one))) console.log(`brought by GraphiQL: ${theirs}`);
    same('axe finds nothing in our own', ours, []);
  },
};
