// The suite itself: a page with one of each thing that it looks for. A check that cannot fail would tell nothing.
import { createServer } from 'node:http';
import { look } from '../harness/looks.mjs';
import { check } from '../harness/checks.mjs';

const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Wrong</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/wrong.css"></head>
<body><main><h1 id="twin">Wrong in every way</h1>
<p id="twin" class="faint">Words that are hard to read</p>
<button class="blind">No focus</button> <input id="nameless"> <div role="button" tabindex="0">At hand</div>
<span class="trap" tabindex="0">A trap</span> <button>Beyond the trap</button>
<p class="wide">…</p><p style="color: red">Styled inline</p>
<img alt="" src="/nowhere.svg"><img alt="" src="http://127.0.0.2:9/elsewhere.svg">
</main><script>globalThis.ran = true</script><script src="/wrong.js"></script></body></html>`;
const STYLE = '.blind:focus-visible { outline: none } .faint { color: #bbb; background: #fff } .wide { width: 700px }';
const SCRIPT = `document.querySelector('.trap').addEventListener('keydown', (event) => event.preventDefault());
console.error('a complaint');
throw new Error('a mishap');
// ${'And long. '.repeat(6000)}`;

const FOUND = [
  /weight: \d+ bytes/,
  /no focus can be seen on button “No focus”/,
  /Tab does not get to button “Beyond the trap”/,
  /light: color-contrast .* at \.faint/,
  /dark: color-contrast/,
  /light: label .* at #nameless/,
  /narrow: the page is \d+ pixels wide in a window of 320/,
  /ids: twin stands there twice/,
  /the policy stopped style-src-attr inline/,
  /the policy stopped script-src-elem inline/,
  /the policy stopped img-src/,
  /a request to somebody else: http:\/\/127\.0\.0\.2:9/,
  /nowhere\.svg was answered with 404/,
  /the console says: a complaint/,
  /an error: a mishap/,
];

const ANSWERS = {
  '/wrong': [200, 'text/html', PAGE],
  '/wrong.css': [200, 'text/css', STYLE],
  '/wrong.js': [200, 'text/javascript', SCRIPT],
};

export const stories = {
  async 'what is wrong with a page is noticed'(world) {
    const server = createServer((request, response) => {
      const [status, type, body] = ANSWERS[request.url] ?? [404, 'text/plain', ''];
      response.writeHead(status, { 'content-type': type, 'content-security-policy': "default-src 'self'" }).end(body);
    });
    await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
    const { browser, screens } = world;
    const there = { browser, screens, url: `http://127.0.0.1:${server.address().port}` };
    const failure = await look(there, { name: 'wrong', path: '/wrong' }).then(() => undefined, (error) => error);
    server.close();
    check('it is not taken for right', failure);
    for (const finding of FOUND) check(`${finding} is found`, finding.test(failure.message), failure.message);
  },
};
