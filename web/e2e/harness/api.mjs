// The same server without a browser: GraphQL by fetch, and commands as people paste them.
import { spawn } from 'node:child_process';
import { check } from './checks.mjs';

/** GraphQL with whatever credential. */
export class Api {
  constructor(url, token) {
    Object.assign(this, { url, token });
  }

  /** Asks; answers the whole body. */
  async asks(query, variables) {
    const headers = { 'content-type': 'application/json', ...(this.token && { authorization: `Bearer ${this.token}` }) };
    const response = await fetch(`${this.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    return response.json();
  }

  /** Asks for what must be answered without an error; answers the data. */
  async gets(query, variables) {
    const { data, errors } = await this.asks(query, variables);
    check(`${query} is answered`, errors === undefined, errors);
    return data;
  }

  /** The same server for whoever has this name and password. */
  async signedInAs(userName, password) {
    const query = 'mutation ($credentials: SignInCredentials!) { signIn(credentials: $credentials) { accessToken } }';
    const { signIn } = await new Api(this.url).gets(query, { credentials: { userName, password } });
    return new Api(this.url, signIn.accessToken);
  }

  /** The same server for whoever has this token. */
  with(token) {
    return new Api(this.url, token);
  }
}

/** Runs a command as somebody does who has pasted it into a terminal; answers what it printed. */
export function pasted(command) {
  return new Promise((done, failed) => {
    const shell = spawn('bash', ['-c', command], { env: { ...process.env, NO_PROXY: '*' }, stdio: ['ignore', 'pipe', 'pipe'] });
    let [printed, said] = ['', ''];
    shell.stdout.on('data', (text) => (printed += text));
    shell.stderr.on('data', (text) => (said += text));
    shell.on('error', failed);
    shell.on('close', (status) => (status === 0 ? done(printed) : failed(new Error(`${command}\nended with ${status}: ${said}`))));
  });
}

/** The same, for a command that prints JSON. */
export async function pastedForJson(command) {
  const printed = await pasted(command);
  try {
    return JSON.parse(printed);
  } catch {
    throw new Error(`${command}\nprinted no JSON: ${printed}`);
  }
}
