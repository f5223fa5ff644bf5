// Tells the console's stories to a server that is running, and says which came true.
//
//   node web/e2e/run.mjs --url http://127.0.0.1:8080 --setup-link http://127.0.0.1:8080/setup?code=… [STORY…]
//
// A STORY is a part of the name of a file in stories/. Without a set-up link there has to be an administrator whose name
// and password are those of harness/world.mjs. Pictures go to target/console-screens, or to --screens FOLDER.
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checksMade } from './harness/checks.mjs';
import { World } from './harness/world.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string' },
    'setup-link': { type: 'string' },
    screens: { type: 'string', default: join(here, '../../target/console-screens') },
  },
});
if (!values.url) throw new Error('--url says where the server is');

const files = readdirSync(join(here, 'stories')).filter((file) => file.endsWith('.mjs')).sort();
const chosen = files.filter((file) => positionals.length === 0 || positionals.some((part) => file.includes(part)));
if (chosen.length === 0) throw new Error(`no story is called that; there are ${files.join(', ')}`);

const world = await World.begin({ url: values.url.replace(/\/$/, ''), setupLink: values['setup-link'], screens: values.screens });
let failed = 0;
let told = 0;
const read = async (file) => ({ file, needsNobody: false, ...(await import(`./stories/${file}`)) });
const books = await Promise.all(chosen.map(read));
// First what begins with nobody: the others make themselves an administrator.
books.sort((one, other) => Number(other.needsNobody) - Number(one.needsNobody));
for (const { file, stories, needsNobody } of books) {
  if (needsNobody && (await world.somebodyIsThere())) {
    console.log(`left out ${file}: it begins where there is no administrator yet`);
    failed += 1;
    continue;
  }
  if (!needsNobody) await world.administrator();
  for (const [title, tell] of Object.entries(stories)) {
    const since = Date.now();
    const before = checksMade();
    const error = await world.tells(title, tell);
    const figures = `${((Date.now() - since) / 1000).toFixed(1)} s, ${checksMade() - before} checks`;
    console.log(error ? `FAILED ${title} (${figures})\n${indented(error)}` : `ok ${title} (${figures})`);
    told += 1;
    if (error) failed += 1;
  }
}
await world.end();
console.log(`${told} stories, ${failed} failed, ${checksMade()} checks in ${await world.version()}`);
process.exitCode = failed === 0 ? 0 : 1;

function indented(error) {
  // Without the colours that the driver gives its words.
  const words = error.message.replace(/\u001b\[\d+m/g, '').trimEnd();
  const at = /stories\/([\w.-]+:\d+:\d+)/.exec(error.stack ?? '');
  return `${words}${at ? `\n(${at[1]})` : ''}`.replace(/^/gm, '    ');
}
