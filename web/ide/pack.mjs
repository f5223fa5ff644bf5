// Writes dist/packed/: each file of dist/ packed by gzip at its best, and manifest.json, which says what they are:
// [{"name": "index.html", "type": "text/html; charset=utf-8", "size": 1234}], `size` being that of the file unpacked. The
// server holds these alone, under NAME.gz, and unpacks for the rare client that takes no gzip.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { extname } from "node:path";
import { gzipSync } from "node:zlib";

const types = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".md": "text/plain; charset=utf-8",
  ".svg": "image/svg+xml",
  ".ttf": "font/ttf",
  ".woff2": "font/woff2",
};
// What the whole may weigh, packed: it lies in the program, and comes over the network once.
const most = 1_600_000;

const from = new URL("dist/", import.meta.url);
const to = new URL("packed/", from);
rmSync(to, { recursive: true, force: true });
mkdirSync(to);

const manifest = [];
let all = 0;
for (const entry of readdirSync(from, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
  if (!entry.isFile()) continue;
  const type = types[extname(entry.name)];
  if (!type) throw new Error(`${entry.name}: of a type that pack.mjs does not know`);
  const plain = readFileSync(new URL(entry.name, from));
  const packed = gzipSync(plain, { level: 9 });
  writeFileSync(new URL(`${entry.name}.gz`, to), packed);
  manifest.push({ name: entry.name, type, size: plain.length });
  all += packed.length;
}
writeFileSync(new URL("manifest.json", to), `${JSON.stringify(manifest, null, 1)}\n`);
console.log(`packed ${manifest.length} files into ${(all / 1000).toFixed(0)} kB`);
if (all > most) throw new Error(`more than ${most / 1000} kB: something came in that should not`);
