// A token for one query: the query is pasted, and the page says what comes of it.
import { Api } from '../harness/api.mjs';
import { check, eventually, same } from '../harness/checks.mjs';
import { hasToken, signsIn } from '../harness/ways.mjs';

const QUERY = 'query Who { me { name username } }';

const pastes = (person, query) => async () => {
  await person.picks('Paste the query it will run');
  await person.writes('The query, as your program sends it', query);
};

export const stories = {
  async 'a token is held to the query that was pasted'(world) {
    const user = await world.user();
    const person = await world.somebody();
    await signsIn(person, user);
    const secret = await hasToken(person, world.fresh('pasted'), {
      powers: async () => {
        await pastes(person, QUERY)();
        await person.sees('This token can do 1 query and read 2 fields; it cannot change anything.');
      },
    });
    const token = new Api(world.url, secret);
    same('it runs the query', await token.gets(QUERY), { me: { name: user.name, username: user.username } });
    same('and with other white space', await token.gets(`query Who {\n  me { name   username }\n}`), {
      me: { name: user.name, username: user.username },
    });
    const { errors } = await token.asks('{ me { name } }');
    same('it runs nothing else', errors?.[0].extensions.reason, 'DOCUMENT_NOT_ALLOWED');
  },

  async 'the sentence follows what is typed'(world) {
    const person = await world.somebody();
    await signsIn(person, await world.user());
    await person.opens('/tokens/new');
    await pastes(person, '{ me { name } }')();
    await person.sees('This token can do 1 query and read 1 field; it cannot change anything.');
    await person.writes('The query, as your program sends it', '{ me { name username id } }');
    await person.sees('This token can do 1 query and read 3 fields; it cannot change anything.');
    await person.writes('The query, as your program sends it', '{ me { name ');
    const field = person.page.getByLabel('The query, as your program sends it');
    await eventually('a query that ends too soon is invalid', async () => (await field.getAttribute('aria-invalid')) === 'true');
  },

  async 'a field that one may not use is named, and no token is made'(world) {
    const user = await world.user();
    const person = await world.somebody();
    await signsIn(person, user);
    await person.opens('/tokens/new');
    const name = world.fresh('refused');
    await person.writes('Name', name, { exact: true });
    await pastes(person, '{ users { entities { email_address } } }')();
    await person.sees(/You may not use .*Query\.users/);
    await person.presses('Create token');
    await person.sees(/Query\.users/);
    check('no token is ready', !(await person.page.getByRole('heading', { name: `${name} is ready` }).isVisible()));
    const own = await (await world.api.signedInAs(user.username, user.password)).gets('{ viewPersonalAccessTokens { name } }');
    same('no token is made', own.viewPersonalAccessTokens, []);
  },

  async 'a mutation asks for read and write'(world) {
    const person = await world.somebody();
    await signsIn(person, await world.user());
    await person.opens('/tokens/new');
    await pastes(person, 'mutation { createPersonalAccessToken(name: "child") }')();
    await person.sees(/Mutation\.createPersonalAccessToken changes things/);
    await person.picks('Read and write');
    await person.sees(/It can change things/);
  },
};
