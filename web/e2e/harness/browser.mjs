// Debian's Chromium, and windows of it that notice what no page of the console may do: an error, something that the
// content security policy stops, a request to anybody else, something that is not there.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import { check } from './checks.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

function executable() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (!found) throw new Error('there is no Chromium: `tools/setup test` installs it');
  return found;
}

/** Starts the browser. */
export const launch = () =>
  chromium.launch({
    executablePath: executable(),
    // Chromium's own sandbox does not work as root.
    chromiumSandbox: process.getuid() !== 0,
    args: ['--no-proxy-server'],
  });

/** A window with its own cookies, storage and cache, as another person's browser has. */
export class Window {
  #expected = [];

  constructor(context, page, origin) {
    Object.assign(this, { context, page, origin, troubles: [] });
  }

  /** `options` are those of a Playwright context: colours, size, scripts off, cookies to begin with. */
  static async open(browser, url, options = {}) {
    const origin = new URL(url).origin;
    const context = await browser.newContext({ baseURL: url, locale: 'en-GB', viewport: { width: 1280, height: 800 }, ...options });
    // Generous: several browsers may share two cores with a compiler.
    context.setDefaultTimeout(20_000);
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
    const window = new Window(context, undefined, origin);
    await context.exposeBinding('blockedByPolicy', ({ page }, what) => window.#trouble(page, `the policy stopped ${what}`));
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) =>
        globalThis.blockedByPolicy(`${event.effectiveDirective} ${event.blockedURI}`),
      );
    });
    context.on('page', (page) => window.#listenTo(page));
    window.page = await context.newPage();
    return window;
  }

  /** The story itself brings about what looks like this. */
  expects(pattern) {
    this.#expected.push(pattern);
  }

  /** Another tab of the same browser. */
  tab() {
    return this.context.newPage();
  }

  /** Closes it; nothing that was not expected may have happened in it. */
  async close() {
    await this.context.close();
    const unexpected = this.troubles.filter((trouble) => !this.#expected.some((pattern) => pattern.test(trouble)));
    check('nothing went wrong in the browser', unexpected.length === 0, () => unexpected.join('\n'));
  }

  #trouble(page, what) {
    this.troubles.push(`${new URL(page.url()).pathname}: ${what}`);
  }

  #listenTo(page) {
    const tell = (what) => this.#trouble(page, what);
    page.on('pageerror', (error) => tell(`an error: ${error.message}`));
    page.on('console', (message) => {
      // That something did not load is told of below, with what it was.
      const told = message.text().startsWith('Failed to load resource');
      if (['error', 'warning'].includes(message.type()) && !told) tell(`the console says: ${message.text()}`);
    });
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.origin !== this.origin && url.protocol !== 'about:') tell(`a request to somebody else: ${url}`);
    });
    page.on('requestfailed', (request) => {
      // A page that is left gives up what it was still waiting for.
      const why = request.failure()?.errorText;
      if (why !== 'net::ERR_ABORTED') tell(`${request.method()} ${request.url()} failed: ${why}`);
    });
    page.on('response', (response) => {
      const [status, request] = [response.status(), response.request()];
      // A page may refuse; what belongs to a page must be there.
      if (status >= 500 || (status >= 400 && !request.isNavigationRequest())) {
        tell(`${request.method()} ${response.url()} was answered with ${status}`);
      }
    });
  }
}
