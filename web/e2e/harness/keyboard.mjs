// A page by keyboard alone: Tab gets to all that can be worked, and one can see where one is.

const MANY = 600;

/** Walks from the beginning of the page to its end; answers what Tab missed, and what showed no focus. */
export async function walkByTab(page) {
  await page.evaluate(toTheBeginning);
  const wanted = await page.evaluate(prepare);
  const reached = new Set();
  const unseen = [];
  for (let presses = 0; presses < Math.min(wanted.length * 2 + 10, MANY); presses += 1) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(whereNow);
    if (at === null || (at.id && reached.has(at.id))) break;
    if (!at.id) continue;
    reached.add(at.id);
    if (!at.seen) unseen.push(`no focus can be seen on ${at.called}`);
    // Of radio buttons one is reached by Tab, the others by arrows.
    for (const id of at.group) reached.add(id);
  }
  await page.evaluate(toTheBeginning);
  const missed = wanted.filter(({ id }) => !reached.has(id)).map(({ called }) => `Tab does not get to ${called}`);
  return [...missed, ...unseen];
}

/** In the page: what has the focus by itself loses it, and Tab begins with the first of all. */
function toTheBeginning() {
  const { body } = document;
  const before = body.getAttribute('tabindex');
  body.tabIndex = -1;
  body.focus();
  scrollTo(0, 0);
  if (before === null) body.removeAttribute('tabindex');
}

/** In the page: numbers what can be worked, and remembers how it looks without the focus. */
function prepare() {
  const LOOKS = ['outlineStyle', 'outlineWidth', 'outlineColor', 'boxShadow', 'borderTopColor', 'backgroundColor', 'color', 'top', 'transform', 'textDecorationLine'];
  const worked = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex], [contenteditable=true]';
  const around = (element) => {
    const near = [element, element.nextElementSibling, element.parentElement, element.closest('label'), element.parentElement?.parentElement];
    return near.filter(Boolean).map((one) => LOOKS.map((look) => getComputedStyle(one)[look]).join(' ')).join('\n');
  };
  const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('[inert]');
  const called = (element) => {
    const name = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent ?? '';
    return `${element.localName} “${name.trim().replace(/\s+/g, ' ').slice(0, 50)}”`;
  };
  const all = [...document.querySelectorAll(worked)].filter((e) => e.tabIndex >= 0 && !e.disabled && shown(e));
  const numbers = new Map(all.map((element, at) => [element, at + 1]));
  const before = new Map(all.map((element) => [element, around(element)]));
  globalThis.tabWalk = { numbers, before, around, called };
  return all.map((element) => ({ id: numbers.get(element), called: called(element) }));
}

/** In the page: what has the focus; null beyond the end. */
function whereNow() {
  const { numbers, before, around, called } = globalThis.tabWalk;
  const at = document.activeElement;
  if (!at || at === document.body || at === document.documentElement) return null;
  const others = at.type === 'radio' ? [...document.getElementsByName(at.name)] : [];
  return {
    id: numbers.get(at),
    called: called(at),
    seen: !before.has(at) || around(at) !== before.get(at),
    group: others.map((other) => numbers.get(other)).filter(Boolean),
  };
}
