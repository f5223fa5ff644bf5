// What has no types of its own.
declare module "*.js?worker" {
  const worker: new () => Worker;
  export default worker;
}
declare module "monaco-graphql/esm/monaco-editor.js";
declare module "monaco-graphql/esm/lite.js";
declare module "monaco-editor/esm/vs/*";
