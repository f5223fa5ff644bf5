// What people do in several stories: each way presses the buttons that are there.
import { ADMINISTRATOR, PASSWORD } from './world.mjs';
import { check } from './checks.mjs';

/** Makes the administrator by the set-up link, and goes through its steps, to the first token. */
export async function setsUp(person, link) {
  await person.opens(link);
  await person.isAt('Who looks after this server?');
  await person.writes('User name', ADMINISTRATOR);
  await person.writes('Password', PASSWORD);
  await person.presses('Make the administrator');
  await person.isAt(/API/);
  await person.follows(/^Go on/);
  await person.isAt('Create token');
}

/** Signs in, wherever one was sent to the sign-in page from. */
export async function signsIn(person, { username, password = PASSWORD }) {
  if (person.path() !== '/sign-in') await person.opens('/sign-in');
  await submitsSignIn(person, { username, password });
  await person.arrives('/tokens');
}

/** Fills in the sign-in page that is shown. */
export async function submitsSignIn(person, { username, password = PASSWORD }) {
  await person.isAt('Sign in');
  await person.writes('User name or e-mail', username);
  await person.writes('Password', password);
  await person.presses('Sign in', { exact: true });
}

/** Signs out by the menu of the account. */
export async function signsOut(person) {
  await person.presses('Your account');
  await person.presses('Sign out');
  await person.isAt('Sign in');
}

/** Creates a token; `powers` picks what it may do. Ends on the page that shows it. */
export async function createsToken(person, name, { access, powers } = {}) {
  await person.opens('/tokens/new');
  await person.isAt('Create token');
  await person.writes('Name', name, { exact: true });
  if (access) await person.picks(access);
  await powers?.();
  await person.presses('Create token');
  await person.isAt(`${name} is ready`);
}

/** The secret that is shown, once. */
export async function shownToken(person) {
  const secret = (await person.page.getByRole('status', { name: 'Your token' }).textContent()).trim();
  check('what is shown is a token', /^dwd_pat_[0-9A-Za-z]{36}$/.test(secret), secret);
  return secret;
}

/** Copies the token that is shown, and confirms; answers what was copied. */
export async function copiesAndConfirms(person) {
  const secret = await shownToken(person);
  await person.page.getByRole('region', { name: 'Copy your token now' }).getByRole('button', { name: 'Copy' }).click();
  check('what is copied is what is shown', (await person.copied()) === secret);
  await person.presses('Confirm');
  return secret;
}

/** The row of a token in the list of one's tokens. */
export const rowOf = (person, name) => person.page.getByRole('row').filter({ has: person.page.getByRole('link', { name, exact: true }) });

/** Creates a token and has it; ends on its own page or in the list. */
export async function hasToken(person, name, options) {
  await createsToken(person, name, options);
  return copiesAndConfirms(person);
}
