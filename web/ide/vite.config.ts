// Builds the IDE into dist/, to be served below /assets/ide/, and index.html at /graphiql. Every file bears a hash of its
// content in its name and lies in the one folder; nothing is put into another file as a data: or blob: URL, so that the
// page's policy can stay narrow.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const names = "[name]-[hash].js";
// `npx vite` asks the server that is named here, with an Origin that it takes for its own.
const server = process.env.DOORWARD ?? "http://127.0.0.1:8080";
const asked = ["/graphql", "/api", "/doorward", "/graphiql/", "/tokens", "/roles", "/users", "/me", "/sign-in", "/sign-out"];
const passed = { target: server, headers: { origin: process.env.DOORWARD_ORIGIN ?? server } };

export default defineConfig({
  base: "/assets/ide/",
  resolve: { dedupe: ["graphql", "react", "react-dom"] },
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
    },
  },
  worker: {
    format: "es",
    rolldownOptions: { output: { entryFileNames: names, chunkFileNames: names } },
  },
  server: {
    port: 5173,
    fs: { allow: [fileURLToPath(new URL("../..", import.meta.url))] },
    proxy: Object.fromEntries(asked.map(path => [path, passed])),
  },
});
