// How a page looks and works for everybody: in light and dark, on a narrow screen, by keyboard, to a screen reader, and
// how much it makes a browser fetch.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Window } from './browser.mjs';
import { check, counted } from './checks.mjs';
import { walkByTab } from './keyboard.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** A page with all its parts, compressed, with the headers that it comes with: at most this many bytes. */
export const MOST_BYTES = 60_000;

const WAYS = [
  ['light', 'light', 1280],
  ['dark', 'dark', 1280],
  ['narrow', 'light', 320],
  ['narrow-dark', 'dark', 320],
];

/**
 * Looks at one view in every way. `view` is `{ name, path, status, open }`: `open` brings about what only shows after a
 * step (a dialog, a menu). Answers the bytes that it took. All findings of a view are told of together.
 */
export async function look(world, view, cookies) {
  const window = await Window.open(world.browser, world.url, { storageState: cookies, colorScheme: 'light', reducedMotion: 'reduce' });
  try {
    const { bytes, findings } = await looked(world, view, window);
    check(`${view.name} (${new URL(view.path, world.url).pathname}) is right in every way`, findings.length === 0, () => `\n  ${findings.join('\n  ')}`);
    return bytes;
  } finally {
    await window.context.close();
  }
}

async function looked(world, view, { page, troubles }) {
  const findings = [];
  const finds = (when, found) => {
    counted();
    findings.push(...found.map((finding) => `${when}: ${finding}`));
  };
  const weight = await weighing(page);
  const response = await page.goto(view.path);
  const { status = 200 } = view;
  finds('status', response.status() === status ? [] : [`${response.status()} where ${status} was wanted`]);
  await page.waitForTimeout(100);
  // What comes in the middle of the walk by keyboard would make it longer than it was reckoned.
  await page.waitForFunction(() => !document.querySelector('.skeleton'));
  const bytes = weight();
  finds('weight', bytes > MOST_BYTES ? [`${bytes} bytes, at most ${MOST_BYTES} are allowed`] : []);
  if (!view.open) finds('keyboard', await walkByTab(page));
  await view.open?.(page);
  for (const [when, colorScheme, width] of WAYS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    finds(when, await accessible(page));
    finds(when, await page.evaluate(sideways));
    await picture(page, world.screens, `${view.name}-${when}`);
  }
  finds('ids', await page.evaluate(twins));
  finds('noticed', troubles);
  return { bytes, findings };
}

/** What axe finds on the page as it stands. */
export async function accessible(page) {
  await page.evaluate(AXE);
  return page.evaluate(async (values) => {
    const options = { runOnly: { type: 'tag', values }, resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } };
    const { violations } = await globalThis.axe.run(document, options);
    return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id} (${help}) at ${node.target.join(' ')}`));
  }, STANDARDS);
}

/** A picture of the whole page. */
export async function picture(page, folder, name) {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** Counts what comes over the wire from now on. */
async function weighing(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  let bytes = 0;
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  return () => bytes;
}

/** In the page: is it wider than its window? */
function sideways() {
  const [wide, shown] = [document.documentElement.scrollWidth, innerWidth];
  if (wide <= shown) return [];
  const beyond = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > shown + 1);
  const names = beyond.slice(-3).map((e) => `${e.localName}.${e.className}`);
  return [`the page is ${wide} pixels wide in a window of ${shown}, by ${names.join(', ')}`];
}

/** In the page: ids that stand there twice. */
function twins() {
  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
  return [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))].map((id) => `${id} stands there twice`);
}
