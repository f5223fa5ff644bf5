// A token is rotated, a token is revoked, a user is disabled: what stops, stops at once.
import { Api } from '../harness/api.mjs';
import { check, same } from '../harness/checks.mjs';
import { copiesAndConfirms, hasToken, rowOf, signsIn } from '../harness/ways.mjs';

const ME = '{ me { username } }';
const reason = async (world, secret) => (await new Api(world.url, secret).asks(ME)).errors?.[0].extensions.reason;

export const stories = {
  async 'a rotated token has a new secret, and the old one works until the overlap ends'(world) {
    const user = await world.user();
    const person = await world.somebody();
    await signsIn(person, user);
    const name = world.fresh('rotated');
    const old = await hasToken(person, name);
    await person.opens('/tokens');
    await person.follows(name, { exact: true });
    await person.follows('Rotate');
    await person.sees('The old secret goes on working for a while');
    await person.presses('Rotate');
    const fresh = await copiesAndConfirms(person);
    check('the secret is another', fresh !== old);
    for (const secret of [old, fresh]) same('both work', await new Api(world.url, secret).gets(ME), { me: { username: user.username } });
  },

  async 'a rotation without overlap ends the old secret'(world) {
    const person = await world.somebody();
    await signsIn(person, await world.user());
    const name = world.fresh('rotated');
    const old = await hasToken(person, name);
    await person.opens('/tokens');
    await person.follows(name, { exact: true });
    await person.follows('Rotate');
    await person.page.getByLabel('Old secret works for').selectOption({ label: 'No overlap: end it now' });
    await person.presses('Rotate');
    const fresh = await copiesAndConfirms(person);
    same('the old one is refused', await reason(world, old), 'TOKEN_EXPIRED');
    same('the new one works', await reason(world, fresh), undefined);
  },

  async 'a revoked token is refused from its next request on'(world) {
    const person = await world.somebody();
    await signsIn(person, await world.user());
    const name = world.fresh('revoked');
    const secret = await hasToken(person, name);
    same('it works', await reason(world, secret), undefined);
    await person.opens('/tokens');
    await person.follows(name, { exact: true });
    await person.follows('Revoke');
    await person.sees('Its next request is refused. This cannot be undone.');
    await person.presses('Revoke token');
    await person.sees('The token is revoked: its next request is refused.');
    same('it is refused', await reason(world, secret), 'TOKEN_REVOKED');
    await person.opens('/tokens');
    await rowOf(person, name).getByText('Revoked', { exact: true }).waitFor();
  },

  async 'a user who is disabled in mid-session signs in no more'(world) {
    const user = await world.user();
    const [person, admin] = [await world.somebody(), await world.somebody()];
    await signsIn(person, user);
    const secret = await hasToken(person, world.fresh('ended'));
    await signsIn(admin, world.administratorsName());
    await admin.opens('/users');
    await admin.follows(user.name);
    await admin.follows('Disable user');
    await admin.sees('This ends, at once: 1 session');
    await admin.presses('Disable user');
    await admin.sees('The user is disabled.');
    await person.opens('/tokens');
    await person.arrives('/sign-in');
    same('their token is refused', await reason(world, secret), 'USER_DISABLED');
    await person.writes('User name or e-mail', user.username);
    await person.writes('Password', user.password);
    await person.presses('Sign in', { exact: true });
    await person.sees('That user name and password do not go together.');
  },
};
