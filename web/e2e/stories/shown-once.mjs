// A secret is shown once, to one person, and is nowhere else.
import { check, same } from '../harness/checks.mjs';
import { copiesAndConfirms, createsToken, hasToken, rowOf, shownToken, signsIn } from '../harness/ways.mjs';

const MINE = '{ viewPersonalAccessTokens { name } }';
const made = async (world, { username, password }) =>
  (await (await world.api.signedInAs(username, password)).gets(MINE)).viewPersonalAccessTokens.length;

export const stories = {
  async 'confirm waits until the token is copied or said to be saved'(world) {
    const person = await world.somebody();
    await signsIn(person, await world.user());
    await createsToken(person, world.fresh('gate'));
    const confirm = person.page.getByRole('button', { name: 'Confirm' });
    check('it waits', await confirm.isDisabled());
    await person.picks('I have saved it');
    check('it is ready', await confirm.isEnabled());
    await person.unticks('I have saved it');
    check('it waits again', await confirm.isDisabled());
    await person.page.getByRole('region', { name: 'Copy your token now' }).getByRole('button', { name: 'Copy' }).click();
    await person.sees('Copied');
    check('it is ready once it is copied', await confirm.isEnabled());
  },

  async 'back and reload after Confirm show no secret and make no second token'(world) {
    const user = await world.user();
    const person = await world.somebody();
    await signsIn(person, user);
    const secret = await hasToken(person, world.fresh('back'));
    const shows = async () => (await person.page.content()).includes(secret);
    check('it is shown no more', !(await shows()));
    for (const step of ['goBack', 'reload', 'goBack', 'goForward', 'goForward', 'reload']) {
      await person.page[step]().catch(() => {});
      await person.page.waitForLoadState();
      check(`nor after ${step}`, !(await shows()));
    }
    same('there is one token', await made(world, user), 1);
  },

  async 'a reload before Confirm makes no second token'(world) {
    const user = await world.user();
    const person = await world.somebody();
    person.page.on('dialog', (dialog) => dialog.accept());
    await signsIn(person, user);
    await createsToken(person, world.fresh('reload'));
    await person.page.reload();
    await person.page.waitForLoadState();
    same('there is one token', await made(world, user), 1);
  },

  async 'two tabs each have a token of their own'(world) {
    const user = await world.user();
    const person = await world.somebody();
    await signsIn(person, user);
    const other = await person.inAnotherTab();
    const names = [world.fresh('left'), world.fresh('right')];
    await createsToken(person, names[0]);
    await createsToken(other, names[1]);
    const [left, right] = [await shownToken(person), await shownToken(other)];
    check('they are two', left !== right);
    await person.page.bringToFront();
    await copiesAndConfirms(person);
    await other.page.bringToFront();
    await copiesAndConfirms(other);
    await person.opens('/tokens');
    for (const name of names) same(`${name} is listed`, await rowOf(person, name).count(), 1);
  },

  async 'whoever signs out in one tab is signed out in the other'(world) {
    const person = await world.somebody();
    await signsIn(person, await world.user());
    const other = await person.inAnotherTab();
    await other.opens('/tokens');
    await person.presses('Your account');
    await person.presses('Sign out');
    await person.isAt('Sign in');
    await other.page.reload();
    await other.isAt('Sign in');
  },

  async 'no secret is in an address, in storage, or on a page after Confirm'(world) {
    const user = await world.user();
    const person = await world.somebody();
    const addresses = [];
    person.page.on('request', (request) => addresses.push(request.url(), request.headers().referer ?? ''));
    await signsIn(person, user);
    const secret = await hasToken(person, world.fresh('nowhere'));
    await person.opens('/tokens');
    const stored = await person.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state]));
    const entries = (await (await person.window.context.newCDPSession(person.page)).send('Page.getNavigationHistory')).entries;
    const places = { addresses, stored, history: entries.map(({ url, title }) => `${url} ${title}`), page: await person.page.content() };
    for (const [place, holds] of Object.entries(places)) {
      const text = JSON.stringify(holds);
      check(`no token in ${place}`, !text.includes(secret) && !text.includes(secret.slice(8, 30)));
      check(`no password in ${place}`, !text.includes(user.password));
    }
    const cookies = await person.window.context.cookies();
    check('scripts cannot read the session', cookies.length > 0 && cookies.every(({ httpOnly, sameSite }) => httpOnly && sameSite === 'Lax'), cookies.map(({ name }) => name));
  },
};
