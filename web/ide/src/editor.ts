// Monaco: its workers, files of their own, and its colours, those of the console's style sheet.
import GraphQLWorker from "monaco-graphql/esm/graphql.worker.js?worker";
import EditorWorker from "monaco-editor/esm/vs/editor/editor.worker.js?worker";
import JsonWorker from "monaco-editor/esm/vs/language/json/json.worker.js?worker";
import type * as Monaco from "monaco-editor";
import type { Place } from "./missing";

export type Editor = Monaco.editor.IStandaloneCodeEditor;
export type Api = typeof Monaco;

window.MonacoEnvironment = {
  getWorker(_: string, label: string) {
    if (label === "graphql") return new GraphQLWorker();
    return label === "json" ? new JsonWorker() : new EditorWorker();
  },
};

// Asked for at once, beside the page's own request: GraphiQL would ask for them one after the other.
export function early(): void {
  void import("monaco-graphql/esm/monaco-editor.js");
  void import("monaco-graphql/esm/lite.js");
}

// GraphiQL's names for its two themes, which stay: what they mean is said anew.
const THEMES = { light: "graphiql-LIGHT", dark: "graphiql-DARK" } as const;

const LIGHT = {
  text: "#1f1d19", quiet: "#6b665c", canvas: "#fdfcf9", surface: "#ffffff", line: "#e6e0d5", hover: "#f3efe7",
  accent: "#0f5f53", soft: "#e2f0eb", copper: "#8a4413", olive: "#50601a", danger: "#b02a20", warn: "#765000",
};
const DARK: typeof LIGHT = {
  text: "#efebe3", quiet: "#a09a8d", canvas: "#181714", surface: "#1f1d1a", line: "#322f29", hover: "#292621",
  accent: "#74cdb9", soft: "#15302a", copper: "#e2a878", olive: "#b9c67c", danger: "#e5786c", warn: "#e6be6a",
};

export function colour(monaco: Api): void {
  monaco.editor.defineTheme(THEMES.light, theme("vs", LIGHT));
  monaco.editor.defineTheme(THEMES.dark, theme("vs-dark", DARK));
}

function theme(base: "vs" | "vs-dark", is: typeof LIGHT): Monaco.editor.IStandaloneThemeData {
  const token = (names: string, foreground: string, fontStyle = "") =>
    names.split(" ").map(token => ({ token, foreground: foreground.slice(1), fontStyle }));
  return {
    base,
    inherit: true,
    rules: [
      ...token("keyword keyword.gql keyword.json annotation annotation.gql", is.accent),
      ...token("string string.gql string.value.json", is.olive),
      ...token("number number.gql number.json type.identifier.gql constant.gql", is.copper),
      ...token("string.key.json argument.identifier.gql key.identifier.gql identifier.gql delimiter delimiter.json delimiter.bracket", is.text),
      ...token("comment comment.gql", is.quiet, "italic"),
    ],
    colors: {
      "editor.background": "#ffffff00",
      "editor.foreground": is.text,
      "editor.selectionBackground": is.soft,
      "editorLineNumber.foreground": is.quiet,
      "editorLineNumber.activeForeground": is.text,
      "editorCursor.foreground": is.accent,
      "editorError.foreground": is.danger,
      "editorWarning.foreground": is.warn,
      "editorWidget.background": is.surface,
      "editorWidget.border": is.line,
      "editorWidget.resizeBorder": is.accent,
      "editorHoverWidget.background": is.surface,
      "editorHoverWidget.border": is.line,
      "editorSuggestWidget.background": is.surface,
      "editorSuggestWidget.border": is.line,
      "editorSuggestWidget.selectedBackground": is.soft,
      "editorSuggestWidget.selectedForeground": is.text,
      "editorSuggestWidget.highlightForeground": is.accent,
      "editorSuggestWidget.focusHighlightForeground": is.accent,
      "quickInput.background": is.surface,
      "quickInputList.focusBackground": is.soft,
      "quickInputList.focusForeground": is.text,
      "menu.background": is.surface,
      "menu.selectionBackground": is.soft,
      "menu.selectionForeground": is.text,
      "list.hoverBackground": is.hover,
      "list.highlightForeground": is.accent,
      "textLink.foreground": is.accent,
      "textLink.activeForeground": is.accent,
      "scrollbar.shadow": "#ffffff00",
      "input.background": is.canvas,
      focusBorder: is.accent,
    },
  };
}

// The console's letters, and room as in its design.
export function dress(editor: Editor): void {
  const font = getComputedStyle(document.documentElement).getPropertyValue("--mono");
  editor.updateOptions({
    fontFamily: font,
    fontSize: 13,
    lineHeight: 21,
    wordWrap: "on",
  });
  editor.getModel()?.updateOptions({
    bracketColorizationOptions: { enabled: false, independentColorPoolPerBracketType: false },
  });
}

const OWNER = "doorward";

// Marks what is lacking, like a mistake: underlined, in the colour of refusals, with why, and to be walked by F8.
export function mark(monaco: Api, editor: Editor, found: Place[], whose: string): () => void {
  const model = editor.getModel();
  if (!model) return () => {};
  const range = (place: Place) =>
    new monaco.Range(place.line, place.column, place.line, place.column + place.length);
  monaco.editor.setModelMarkers(
    model,
    OWNER,
    found.map(place => ({
      severity: monaco.MarkerSeverity.Error,
      message: `Refused: ${whose} ${whose.startsWith("none") ? "holds" : "does not hold"} ${permission(place.coordinate)}`,
      startLineNumber: place.line,
      startColumn: place.column,
      endLineNumber: place.line,
      endColumn: place.column + place.length,
    })),
  );
  const lit = editor.createDecorationsCollection(
    found.map(place => ({ range: range(place), options: { inlineClassName: "lacking", isWholeLine: false } })),
  );
  return () => {
    if (!model.isDisposed()) monaco.editor.setModelMarkers(model, OWNER, []);
    lit.clear();
  };
}

// A type by itself is never held: a field of it would be.
function permission(text: string): string {
  return text.includes(".") ? text : `any field of ${text}`;
}

export function go_to(editor: Editor, place: Place): void {
  editor.revealLineInCenterIfOutsideViewport(place.line);
  editor.setPosition({ lineNumber: place.line, column: place.column });
  editor.focus();
}
