// The way that Sonar's article tells its readers to go, from the first page to its curl.
import { pastedForJson } from '../harness/api.mjs';
import { check, same } from '../harness/checks.mjs';
import { copiesAndConfirms, rowOf, setsUp, signsIn, signsOut } from '../harness/ways.mjs';
import { PASSWORD } from '../harness/world.mjs';

export const needsNobody = true;

/** Word for word but for the token and the host. */
const CURL = `curl -X POST \\
--header 'Content-Type: application/json' \\
--header 'Authorization: Bearer <token>' \\
--data-raw '{"query": "{ me { name username } }"}' \\
https://instance.sonar.software/api/graphql`;

export const stories = {
  async 'a role, a user, a token, and the curl of the article'(world) {
    const person = await world.somebody();
    await setsUp(person, world.setupLink);

    // "It is best to create an individual role that offers the bare minimum permissions required."
    await person.follows('Roles');
    await person.follows('New role');
    await person.writes('Name', 'Integration: billing', { exact: true });
    await person.writes('Add a grant', 'Query.me, Me.name, Me.username');
    await person.presses('Add', { exact: true });
    await person.presses('Make the role');
    await person.isAt('Integration: billing');

    await person.follows('Users');
    await person.follows('Add user');
    await person.writes('User name', 'svc-billing');
    await person.writes('Full name', 'Billing export');
    await person.picks('Type one');
    await person.writes('The password, if you type it', PASSWORD);
    await person.picks('Integration: billing');
    await person.presses('Add user');
    await person.isAt('Billing export');

    // "Log in as that user."
    await signsOut(person);
    await signsIn(person, { username: 'svc-billing' });

    // "Click the Avatar on the top-right. Select Personal Access Tokens, then click on Create Personal Access Token."
    await person.presses('Your account');
    await person.follows('Personal Access Tokens', { within: person.page.getByRole('region', { name: 'Your account' }) });
    await person.follows('Create token');
    // "It is best practice to name this as a device, vendor, or server."
    await person.writes('Name', 'Billing server', { exact: true });
    await person.presses('Create token');
    await person.isAt('Billing server is ready');

    await person.sees('Waiting for the first request');
    const copied = person.page.getByRole('status', { name: 'Your token' });
    const secret = (await copied.textContent()).trim();
    const said = await pastedForJson(
      CURL.replace('<token>', secret).replace('https://instance.sonar.software', world.url).replace('curl', 'curl -s'),
    );
    same('the curl is answered', said, { data: { me: { name: 'Billing export', username: 'svc-billing' } } });
    await person.sees('It works');

    // "Once you have copied the token, you will then need to click Confirm; the token will appear."
    check('what was copied is the token', (await copiesAndConfirms(person)) === secret);
    await person.follows('Personal access tokens');
    await rowOf(person, 'Billing server').waitFor();
    check('the token is listed once', (await rowOf(person, 'Billing server').count()) === 1);
  },
};
