// Somebody in front of a window. Finds things by what they are called, as people and screen readers do, and knows no
// ids or classes. At a person's pace each step takes as long as a practised person needs for it.
import { check } from './checks.mjs';

const PACES = {
  // Milliseconds before each step (look for it, move there), and for each character that is typed.
  quick: { step: 0, key: 0 },
  human: { step: 800, key: 120 },
};

export class Person {
  constructor(window, { pace = 'quick', page = window.page } = {}) {
    Object.assign(this, { window, page, pace: PACES[pace] });
  }

  /** The same person in another tab. */
  async inAnotherTab() {
    return new Person(this.window, { page: await this.window.tab() });
  }

  /** Types an address; answers the response. */
  async opens(path) {
    await this.#step();
    return this.page.goto(path);
  }

  /** Presses a button. */
  presses(name, options) {
    return this.#clicks('button', name, options);
  }

  /** Follows a link. */
  follows(name, options) {
    return this.#clicks('link', name, options);
  }

  /** Ticks a box, or picks one of several. */
  async picks(name, { within = this.page, exact = false } = {}) {
    await this.#step();
    const found = within.getByRole('radio', { name, exact }).or(within.getByRole('checkbox', { name, exact }));
    await found.first().check();
  }

  /** Takes a tick away. */
  async unticks(name, { within = this.page, exact = false } = {}) {
    await this.#step();
    await within.getByRole('checkbox', { name, exact }).first().uncheck();
  }

  /** Fills a field in. */
  async writes(label, text, { within = this.page, exact = false } = {}) {
    await this.#step();
    const field = within.getByLabel(label, { exact }).and(within.locator('input, textarea')).first();
    await field.click();
    if (this.pace.key === 0) return field.fill(text);
    await field.fill('');
    await field.pressSequentially(text, { delay: this.pace.key });
  }

  /** Waits until this can be read on the page; answers where. */
  async sees(text, { within = this.page } = {}) {
    const found = within.getByText(text).filter({ visible: true }).first();
    const seen = await found.waitFor().then(() => true, () => false);
    check(`“${text}” can be read on ${this.path()}`, seen, () => this.#where());
    return found;
  }

  /** Waits until the page's heading says this. */
  async isAt(heading) {
    const found = this.page.getByRole('heading', { level: 1, name: heading });
    const there = await found.waitFor().then(() => true, () => false);
    const shown = there ? '' : await this.page.getByRole('heading', { level: 1 }).allTextContents();
    check(`the page is headed “${heading}”`, there, () => `${this.#where()} is headed “${shown.join(' ')}”`);
  }

  /** Waits until the address is this one. */
  async arrives(path) {
    const there = await this.page.waitForURL((url) => (path.test ? path.test(url.pathname) : path === url.pathname)).then(() => true, () => false);
    check(`the way leads to ${path}`, there, () => `it led to ${this.#where()}`);
  }

  /** Turns to something else: another window, a terminal. */
  thinks() {
    return this.#step();
  }

  /** What was copied last. */
  copied() {
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  /** The path of the page that is shown. */
  path() {
    return new URL(this.page.url()).pathname;
  }

  async #clicks(role, name, { within = this.page, exact = false } = {}) {
    await this.#step();
    await within.getByRole(role, { name, exact }).filter({ visible: true }).first().click();
  }

  #step() {
    return this.pace.step ? new Promise((done) => setTimeout(done, this.pace.step)) : undefined;
  }

  #where() {
    return this.page.url().replace(/(code=)[^&]*/, '$1…');
  }
}
