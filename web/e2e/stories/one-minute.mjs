// From an empty data directory to a token that curl has used, at the pace of a person.
import { pastedForJson } from '../harness/api.mjs';
import { check, same } from '../harness/checks.mjs';
import { copiesAndConfirms, setsUp } from '../harness/ways.mjs';

export const needsNobody = true;

const MOST_SECONDS = 60;

export const stories = {
  async 'from nothing to a token in use in less than a minute'(world) {
    const person = await world.somebody({ pace: 'human' });
    const since = Date.now();
    await setsUp(person, world.setupLink);
    await person.writes('Name', 'my first script', { exact: true });
    await person.presses('Create token');
    await person.isAt('my first script is ready');
    const curl = await person.page.getByRole('region', { name: 'cURL' }).first().textContent();
    await person.presses('Copy', { within: person.page.getByRole('tabpanel', { name: 'cURL' }) });
    const copied = await person.copied();
    same('the command that is copied is the one that is shown', copied.trim(), curl.trim());
    await person.thinks();
    const said = await pastedForJson(copied.replace('curl', 'curl -s'));
    check('it is answered', said.data && !said.errors, said);
    await person.sees('It works');
    const seconds = (Date.now() - since) / 1000;
    await copiesAndConfirms(person);
    console.log(`from an empty data directory to a token in use: ${seconds.toFixed(1)} s at a person's pace`);
    check(`it takes less than ${MOST_SECONDS} s`, seconds < MOST_SECONDS, `${seconds} s`);
  },
};
