// “Show the API call”: what is shown on each page is run as it is shown, with a real token put in.
import { pastedForJson } from '../harness/api.mjs';
import { check } from '../harness/checks.mjs';
import { signsIn } from '../harness/ways.mjs';
import { PASSWORD } from '../harness/world.mjs';

/** What each call is about is made for it alone, since some calls end it. */
function own(world, admin) {
  const make = async (query, input) => (await admin.gets(query, { input })).made;
  return {
    async token() {
      const query = `mutation ($input: IssuePersonalAccessTokenMutationInput) {
        made: issuePersonalAccessToken(input: $input) { personal_access_token { id } }
      }`;
      return (await make(query, { name: world.fresh('call') })).personal_access_token.id;
    },
    user: async () => (await world.user({ permissions: ['Query.users'] })).id,
    role: async () => {
      const query = 'mutation ($input: CreateRoleMutationInput) { made: createRole(input: $input) { id } }';
      return (await make(query, { name: world.fresh('role'), applied_permissions: ['Query.me'] })).id;
    },
  };
}

const names = (label, word) => (person, world) => person.writes(label, world.fresh(word), { exact: true });

/** Page → what it is about, and what is typed into its form before the call is looked at. */
const PAGES = {
  '/me': {},
  '/me/names': {},
  '/tokens': {},
  '/tokens/new': { types: names('Name', 'token') },
  '/tokens/ID': { about: 'token' },
  '/tokens/ID/edit': { about: 'token' },
  '/tokens/ID/rotate': { about: 'token' },
  '/tokens/ID/revoke': { about: 'token' },
  '/users': {},
  '/users/new': { types: names('User name', 'user') },
  '/users/ID': { about: 'user' },
  '/users/ID/edit': { about: 'user' },
  '/users/ID/roles': { about: 'user' },
  '/users/ID/password': { about: 'user' },
  '/users/ID/disable': { about: 'user' },
  '/roles': {},
  '/roles/new': { types: names('Name', 'role') },
  '/roles/ID': { about: 'role' },
  '/roles/ID/delete': { about: 'role' },
  '/audit': {},
  '/schema': {},
};

/** Opens the drawer, and answers the command in it. */
async function shownCommand(person) {
  const button = person.page.getByRole('button', { name: 'Show the API call' });
  const answered = person.page.waitForResponse((response) => response.request().method() === 'POST', { timeout: 1000 }).catch(() => {});
  await button.click();
  const drawer = person.page.getByRole('dialog', { name: 'The API call behind this screen' });
  await drawer.waitFor();
  // Of a form the server writes the call anew, with what is typed in it.
  await answered;
  const command = await drawer.getByRole('region', { name: 'cURL' }).textContent();
  await person.page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'hidden' });
  check('the focus returns to the button', await button.evaluate((one) => one === document.activeElement));
  return command;
}

export const stories = Object.fromEntries(
  Object.entries(PAGES).map(([page, { about, types }]) => [
    `the call behind ${page} runs as it is shown`,
    async (world) => {
      const admin = await world.administrator();
      const person = await world.somebody();
      await signsIn(person, world.administratorsName());
      const path = about ? page.replace('ID', await own(world, admin)[about]()) : page;
      const response = await person.opens(path);
      check(`${path} is there`, response.status() === 200, response.status());
      await types?.(person, world);
      const command = await shownCommand(person);
      check('it has a place for the token', command.includes('YOUR_TOKEN'), command);
      const filled = command.replace('YOUR_TOKEN', admin.token).replace('THE_PASSWORD', `${PASSWORD}-new`);
      const said = await pastedForJson(filled.replace('curl', 'curl -s'));
      check('it is answered without an error', said.data && !said.errors, () => `${command}\n${JSON.stringify(said)}`);
    },
  ]),
);
