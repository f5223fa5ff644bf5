// What the console says where one may not go on, and what becomes of what one has typed.
import { check, same } from '../harness/checks.mjs';
import { signsIn, submitsSignIn } from '../harness/ways.mjs';

export const stories = {
  async 'a page that one may not see names what is missing'(world) {
    const person = await world.somebody();
    await signsIn(person, await world.user());
    for (const [path, missing] of [['/users', 'Query.users'], ['/roles', 'Query.roles'], ['/audit', 'Query.audit_events']]) {
      const response = await person.opens(path);
      same(`${path} is refused`, response.status(), 403);
      await person.sees(missing);
      const offered = person.page.getByRole('navigation', { name: 'Main' }).getByRole('link').filter({ hasText: /users|roles|audit/i });
      same('and is not offered', await offered.count(), 0);
    }
  },

  async 'a wrong password is told of, and the name stays'(world) {
    const user = await world.user();
    const person = await world.somebody();
    await person.opens('/sign-in');
    await submitsSignIn(person, { username: user.username, password: 'not the password at all' });
    await person.sees('That user name and password do not go together.');
    same('the name stays', await person.page.getByLabel('User name or e-mail').inputValue(), user.username);
    same('the password does not', await person.page.getByLabel('Password').first().inputValue(), '');
  },

  async 'whoever signs in goes on to where they wanted to be'(world) {
    const user = await world.user();
    const person = await world.somebody();
    await person.opens('/tokens/new');
    await submitsSignIn(person, user);
    await person.arrives('/tokens/new');
  },

  async 'nothing that was typed is lost when the session ends'(world) {
    const user = await world.user();
    const person = await world.somebody();
    await signsIn(person, user);
    await person.opens('/tokens/new');
    const name = world.fresh('kept');
    await person.writes('Name', name, { exact: true });
    await person.writes('Description', 'Typed before the session ended');
    await person.picks('Read and write');
    await person.picks('30 days');
    await person.picks('Paste the query it will run');
    await person.writes('The query, as your program sends it', 'query Kept { me { name } }');
    const elsewhere = await world.api.signedInAs(user.username, user.password);
    await elsewhere.gets('mutation { signOut(everywhere: true) }');
    await person.presses('Create token');
    await submitsSignIn(person, user);
    await person.presses('Go on where you were');
    await person.isAt(`${name} is ready`);
    const again = await world.api.signedInAs(user.username, user.password);
    const { viewPersonalAccessTokens: made } = await again.gets('{ viewPersonalAccessTokens { name description role documents created_at expires_at } }');
    same('one token is made', made.length, 1);
    const [{ description, role, documents, created_at, expires_at }] = made;
    same('as it was typed', { description, role }, { description: 'Typed before the session ended', role: 'ROLE_READ_WRITE' });
    check('held to the query', documents.length === 1 && documents[0].includes('query Kept'), documents);
    same('for as long', Math.round((Date.parse(expires_at) - Date.parse(created_at)) / 86_400_000), 30);
  },
};
