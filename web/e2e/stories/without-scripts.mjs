// All that matters works where scripts are off.
import { Api } from '../harness/api.mjs';
import { same } from '../harness/checks.mjs';
import { createsToken, shownToken, signsIn, signsOut } from '../harness/ways.mjs';

const reason = async (world, secret) => (await new Api(world.url, secret).asks('{ me { name } }')).errors?.[0].extensions.reason;

export const stories = {
  async 'signing in, a token, its end, and signing out work without scripts'(world) {
    const person = await world.somebody({ javaScriptEnabled: false });
    await signsIn(person, await world.user());
    const name = world.fresh('plain');
    await createsToken(person, name);
    const secret = await shownToken(person);
    same('the token works', await reason(world, secret), undefined);
    await person.opens('/tokens');
    await person.follows(name, { exact: true });
    await person.follows('Revoke');
    await person.presses('Revoke token');
    await person.sees('The token is revoked: its next request is refused.');
    same('it is refused', await reason(world, secret), 'TOKEN_REVOKED');
    await signsOut(person);
  },
};
