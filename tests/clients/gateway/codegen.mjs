// Generates TypeScript from what the token is shown and from `documents/`, by GraphQL Code Generator against the
// endpoint; type-checks it together with `use.ts`; then runs `use.ts`, each document through Doorward and at the API
// itself. The data has to be the same, byte for byte.
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate } from '@graphql-codegen/cli';
import { print } from 'graphql';
import ts from 'typescript';
import { api, ask, endpoint, headers } from './asked.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'doorward-codegen-'));
process.on('exit', () => rmSync(directory, { recursive: true }));
symlinkSync(join(here, 'node_modules'), join(directory, 'node_modules'));

await generate(
  {
    cwd: here,
    silent: true,
    schema: [{ [endpoint]: { headers } }],
    documents: ['documents/*.graphql'],
    generates: {
      [join(directory, 'graphql.ts')]: {
        plugins: ['typescript', 'typescript-operations', 'typed-document-node'],
        config: {
          strictScalars: true,
          scalars: { BigInteger: 'number', DateTime: 'string', JSON: 'unknown', Money: 'string' },
        },
      },
    },
  },
  true,
);

copyFileSync(join(here, 'use.ts'), join(directory, 'use.ts'));
writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
const options = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  skipLibCheck: true,
  noEmitOnError: true,
  types: [],
};
const program = ts.createProgram([join(directory, 'use.ts')], options);
const found = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
if (found.length > 0) {
  console.error(
    ts.formatDiagnostics(found, {
      getCurrentDirectory: () => directory,
      getCanonicalFileName: (name) => name,
      getNewLine: () => '\n',
    }),
  );
  process.exit(1);
}

const { runs } = await import(join(directory, 'use.js'));
for (const { document, variables, holds } of runs) {
  const request = { query: print(document), operationName: document.definitions[0].name.value, variables };
  const [through, itself] = [await ask(endpoint, request, headers), await ask(api, request)];
  if (through !== itself)
    throw new Error(`${request.operationName} answers\n${through}\nwhere the API answers\n${itself}`);
  const { data, errors } = JSON.parse(through);
  if (errors || !holds(data)) throw new Error(`${request.operationName} answers ${through}`);
}
console.log(`${runs.length} generated operations ran`);
