// What every story begins with: the server, a browser, an administrator, and others whom the story asks for.
import { Api } from './api.mjs';
import { launch, Window } from './browser.mjs';
import { picture } from './looks.mjs';
import { Person } from './person.mjs';

/** The administrator of the suite. Good enough a password for anybody in it. */
export const ADMINISTRATOR = 'ada';
export const PASSWORD = 'otter-lantern-fjord-9';

export class World {
  #windows = [];
  #version;
  #made = 0;

  static async begin(settings) {
    const world = Object.assign(new World(), settings);
    world.browser = await launch();
    world.#version = `Chromium ${world.browser.version()}`;
    world.api = new Api(world.url);
    return world;
  }

  end() {
    return this.browser.close();
  }

  version() {
    return this.#version;
  }

  /** The server for the administrator, whom it makes by the set-up link if there is none yet. */
  async administrator() {
    if (!this.admin && !(await this.somebodyIsThere())) {
      const code = new URL(this.setupLink).searchParams.get('code');
      const headers = { origin: this.url };
      const body = new URLSearchParams({ code, username: ADMINISTRATOR, password: PASSWORD });
      const made = await fetch(`${this.url}/setup`, { method: 'POST', headers, body, redirect: 'manual' });
      if (made.status >= 400) throw new Error(`the set-up link made no administrator: ${made.status}`);
    }
    this.admin ??= await this.api.signedInAs(ADMINISTRATOR, PASSWORD);
    return this.admin;
  }

  /** Whether the server has an administrator already: then the set-up link holds no more. */
  async somebodyIsThere() {
    return !this.setupLink || (await fetch(this.setupLink)).status !== 200;
  }

  /** How the administrator signs in. */
  administratorsName() {
    return { username: ADMINISTRATOR, password: PASSWORD };
  }

  /** Somebody in front of a new window; options are those of the window, and the pace. */
  async somebody({ pace, ...options } = {}) {
    const window = await Window.open(this.browser, this.url, options);
    this.#windows.push(window);
    return new Person(window, { pace });
  }

  /** A name that nobody and nothing has yet on this server. */
  fresh(word) {
    this.#made += 1;
    return `${word}-${Date.now().toString(36)}${this.#made}`;
  }

  /** Makes a user, with a role of these permissions if there are any. */
  async user({ permissions, super_admin } = {}) {
    const admin = await this.administrator();
    const username = this.fresh('user');
    let role_ids = [];
    if (permissions) {
      const query = 'mutation ($input: CreateRoleMutationInput) { createRole(input: $input) { id } }';
      const input = { name: this.fresh('role'), applied_permissions: permissions };
      role_ids = [(await admin.gets(query, { input })).createRole.id];
    }
    const query = 'mutation ($input: CreateUserMutationInput) { createUser(input: $input) { id } }';
    const name = `${username} of the stories`;
    const { createUser } = await admin.gets(query, { input: { username, name, password: PASSWORD, role_ids, super_admin } });
    return { id: createUser.id, username, name, password: PASSWORD };
  }

  /** Tells one story; answers why it did not come true. A picture shows what was on the screen then. */
  async tells(title, tell) {
    let failure;
    try {
      await tell(this);
    } catch (error) {
      failure = error;
    }
    for (const [at, window] of this.#windows.splice(0).entries()) {
      if (failure) {
        const name = `failed-${title.replace(/\W+/g, '-')}-${at}`;
        await picture(window.page, this.screens, name).catch(() => {});
        failure.message += `\n(${window.page.url()}, shown by ${name}.png)${window.troubles.map((one) => `\nnoticed: ${one}`).join('')}`;
      }
      await window.close().catch((error) => (failure ??= error));
    }
    return failure;
  }
}
