// Prints the bill of materials of the IDE, as npm makes it of the lock file, without what only builds or checks it: what is
// in it, its build has written down together with the licences.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ide = new URL("../web/ide/", import.meta.url);
const text = (name, base = ide) => readFileSync(new URL(name, base), "utf8");
const [, version] = text("../Cargo.toml", new URL(".", import.meta.url)).match(/^version = "(.*)"$/m);
const shipped = new Set([...text("dist/licences.md").matchAll(/^## (\S+) - (\S+)/gm)].map(([, name, at]) => `${name}@${at}`));

// npm makes none of a package that has no version. This one has the program's.
const folder = mkdtempSync(join(tmpdir(), "sbom-"));
let bill;
try {
  for (const name of ["package.json", "package-lock.json"]) {
    const json = JSON.parse(text(name));
    json.version = version;
    if (json.packages) json.packages[""].version = version;
    writeFileSync(join(folder, name), JSON.stringify(json));
  }
  const args = ["sbom", "--package-lock-only", "--sbom-format", "cyclonedx", "--sbom-type", "application"];
  bill = JSON.parse(execFileSync("npm", args, { cwd: folder, maxBuffer: 1 << 26 }));
} finally {
  rmSync(folder, { recursive: true });
}

const root = bill.metadata.component;
root.name = "doorward-ide";
delete bill.serialNumber;
bill.metadata.timestamp = new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000).toISOString();
bill.components = bill.components.filter(one => shipped.delete(`${one.name}@${one.version}`));
if (shipped.size) throw new Error(`in the IDE, but not in its lock file: ${[...shipped].join(", ")}`);
for (const one of bill.components) {
  // To npm the whole of the IDE is for development, as it is built into files.
  one.scope = "required";
  one.properties = one.properties?.filter(({ name }) => name !== "cdx:npm:package:development");
}
const known = new Set([root, ...bill.components].map(one => one["bom-ref"]));
bill.dependencies = bill.dependencies
  .filter(({ ref }) => known.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn?.filter(one => known.has(one)) }));
console.log(JSON.stringify(bill, null, 2));
