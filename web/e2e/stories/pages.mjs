// Every page of the console, as an administrator sees it: light, dark, narrow, by keyboard, to axe, and what it weighs.
import { look, MOST_BYTES } from '../harness/looks.mjs';
import { check } from '../harness/checks.mjs';
import { signsIn, submitsSignIn } from '../harness/ways.mjs';
import { Person } from '../harness/person.mjs';

let prepared;

/** Somebody, a role and some tokens to look at, and the administrator's cookies: made once. */
async function prepare(world) {
  const user = await world.user({ permissions: ['Query.users', 'UserConnection.*', 'User.*', '!User.email_address'] });
  const admin = await world.administrator();
  const { roles } = await admin.gets('{ roles(sorter: [{ attribute: "id", direction: DESC }]) { entities { id } } }');
  const query = `mutation ($input: IssuePersonalAccessTokenMutationInput) {
    issuePersonalAccessToken(input: $input) { token personal_access_token { id } }
  }`;
  const issue = async (input) => (await admin.gets(query, { input })).issuePersonalAccessToken;
  const token = await issue({ name: 'warehouse-sync', description: 'Warehouse server, Leipzig', permissions: ['Query.me', 'Me.name'] });
  await issue({ name: 'about-to-end', role: 'ROLE_READ_WRITE', expires_in_days: 3 });
  const ended = await issue({ name: 'old-importer', documents: ['{ me { name } }'] });
  await admin.gets(`mutation { revokePersonalAccessToken(id: ${ended.personal_access_token.id}) { id } }`);
  await admin.with(token.token).gets('{ me { name } }');
  const person = await world.somebody();
  await signsIn(person, world.administratorsName());
  const cookies = await person.window.context.storageState();
  const empty = await world.user();
  const other = await world.somebody();
  await signsIn(other, empty);
  const nobodys = await other.window.context.storageState();
  return { user, role: roles.entities[0].id, token: token.personal_access_token.id, ended: ended.personal_access_token.id, cookies, nobodys, strangers: { cookies: [], origins: [] } };
}

const presses = (role, name) => (page) => page.getByRole(role, { name }).filter({ visible: true }).first().click();
const callDrawer = presses('button', 'Show the API call');

async function createsOne(page) {
  const person = new Person({ page });
  await person.writes('Name', 'packing-screen', { exact: true });
  await person.presses('Create token');
  await person.isAt('packing-screen is ready');
}

async function signsInWrongly(page) {
  await submitsSignIn(new Person({ page }), { username: 'nobody', password: 'not the password' });
  await page.getByRole('alert').waitFor();
}

async function reviewsRole(page) {
  const person = new Person({ page });
  await person.writes('Add a grant', 'Query.me, Me.name');
  await person.presses('Add', { exact: true });
  await person.presses('Review and save');
  await person.isAt(/^Save these changes/);
}

async function addsUser(page) {
  const person = new Person({ page });
  await person.writes('User name', `looked-at-${Date.now()}`);
  await person.presses('Add user');
  await page.getByRole('heading', { name: 'Copy the password now' }).waitFor();
}

/** Name → path, what is done before it is looked at, who looks if not the administrator, the status if not 200. */
const VIEWS = {
  'sign-in': ({ strangers }) => ['/sign-in', undefined, strangers],
  'sign-in-wrong': ({ strangers }) => ['/sign-in', signsInWrongly, strangers],
  'set-up-unneeded': ({ strangers }) => ['/setup?code=nonsense', undefined, strangers, 403],
  'set-up-api': () => ['/setup/api'],
  me: () => ['/me'],
  'me-names': () => ['/me/names'],
  'me-email': () => ['/me/email'],
  'me-password': () => ['/me/password'],
  'me-sessions-end': () => ['/me/sessions/end'],
  tokens: () => ['/tokens'],
  'tokens-menu': () => ['/tokens', presses('button', 'Your account')],
  'tokens-call': () => ['/tokens', callDrawer],
  'tokens-empty': ({ nobodys }) => ['/tokens', undefined, nobodys],
  'token-new': () => ['/tokens/new'],
  'token-new-paste': () => ['/tokens/new', (page) => new Person({ page }).picks('Paste the query it will run')],
  'token-created': () => ['/tokens/new', createsOne],
  token: ({ token }) => [`/tokens/${token}`],
  'token-ended': ({ ended }) => [`/tokens/${ended}`],
  'token-edit': ({ token }) => [`/tokens/${token}/edit`],
  'token-rotate': ({ token }) => [`/tokens/${token}/rotate`],
  'token-revoke': ({ token }) => [`/tokens/${token}/revoke`],
  'token-revoke-over-the-list': () => ['/tokens', presses('link', 'Revoke warehouse-sync')],
  users: () => ['/users'],
  'users-filtered-away': () => ['/users?q=nobody-is-called-that'],
  'user-new': () => ['/users/new'],
  'user-created': () => ['/users/new', addsUser],
  user: ({ user }) => [`/users/${user.id}`],
  'user-edit': ({ user }) => [`/users/${user.id}/edit`],
  'user-roles': ({ user }) => [`/users/${user.id}/roles`],
  'user-password': ({ user }) => [`/users/${user.id}/password`],
  'user-disable': ({ user }) => [`/users/${user.id}/disable`],
  roles: () => ['/roles'],
  'role-new': () => ['/roles/new'],
  role: ({ role }) => [`/roles/${role}`],
  'role-review': ({ role }) => [`/roles/${role}`, reviewsRole],
  'role-delete': ({ role }) => [`/roles/${role}/delete`],
  audit: () => ['/audit'],
  schema: () => ['/schema'],
  'not-here': () => ['/tokens/987654321', undefined, undefined, 404],
  refused: ({ nobodys }) => ['/users', undefined, nobodys, 403],
};

const heaviest = { bytes: 0 };

export const stories = {
  ...Object.fromEntries(
    Object.entries(VIEWS).map(([name, view]) => [
      `the page “${name}” looks right`,
      async (world) => {
        prepared ??= await prepare(world);
        const [path, open, cookies = prepared.cookies, status] = view(prepared);
        const bytes = await look(world, { name, path, open, status }, cookies);
        if (bytes > heaviest.bytes) Object.assign(heaviest, { name, bytes });
      },
    ]),
  ),
  async 'the heaviest page is light enough'() {
    console.log(`the heaviest page is ${heaviest.name} with ${heaviest.bytes} bytes of at most ${MOST_BYTES}`);
    check('something was weighed', heaviest.bytes > 0);
  },
};
