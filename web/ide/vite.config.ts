// Builds the IDE into dist/, to be served below /assets/ide/, and index.html at /graphiql. Every file bears a hash of its
// content in its name and lies in the one folder; nothing is put into another file as a data: or blob: URL, so that the
// page's policy can stay narrow.
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const names = "[name]-[hash].js";
// `npx vite` asks the server that is named here, with an Origin that it takes for its own.
const server = process.env.DOORWARD ?? "http://127.0.0.1:8080";
const asked = ["/graphql", "/api", "/doorward", "/graphiql/", "/tokens", "/roles", "/users", "/me", "/sign-in", "/sign-out"];
const passed = { target: server, headers: { origin: process.env.DOORWARD_ORIGIN ?? server } };

// The editor is loaded by a script that has to be loaded itself; named in the page, both come at once.
const early: Plugin = {
  name: "early",
  transformIndexHtml: {
    order: "post",
    handler: (_, { bundle = {} }) => {
      const chunks = Object.values(bundle).filter(one => one.type === "chunk");
      const editor = chunks.find(one => one.name === "monaco-editor");
      const names = editor ? [editor.fileName, ...editor.imports] : [];
      return names
        .filter(name => !chunks.some(one => one.isEntry && one.fileName === name))
        .map(name => ({ tag: "link", attrs: { rel: "modulepreload", crossorigin: true, href: `/assets/ide/${name}` } }));
    },
  },
};

export default defineConfig({
  plugins: [early],
  base: "/assets/ide/",
  resolve: {
    dedupe: ["graphql", "react", "react-dom"],
    // Less of the same: each of these says why.
    alias: [
      { find: "monaco-editor/esm/vs/editor/edcore.main.js", replacement: here("src/monaco.ts") },
      { find: /^.*\/(diffEditor\/diffEditorWidget|multiDiffEditor\/multiDiffEditorWidget)\.js$/, replacement: here("src/no-diff.ts") },
      { find: /^prettier\/(parser-babel|plugins\/estree)$/, replacement: here("src/json.ts") },
    ],
  },
  build: {
    target: "es2022",
    assetsDir: "",
    assetsInlineLimit: 0,
    sourcemap: false,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 5000,
    // What is shipped is other people's work: their licences go with it.
    license: { fileName: "licences.md" },
    rolldownOptions: {
      output: { entryFileNames: names, chunkFileNames: names, assetFileNames: "[name]-[hash][extname]" },
      // Libraries say in their files that those are for browsers, which is all there is here.
      checks: { moduleLevelDirective: false },
    },
  },
  worker: {
    format: "es",
    rolldownOptions: { output: { entryFileNames: names, chunkFileNames: names } },
  },
  server: {
    port: 5173,
    fs: { allow: [here("../..")] },
    proxy: Object.fromEntries(asked.map(path => [path, passed])),
  },
});
