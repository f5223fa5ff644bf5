// JSON set in lines, as a plugin of prettier's: GraphiQL asks for prettier's own, which brings a parser of JavaScript along.
// Stands for both `prettier/parser-babel` and `prettier/plugins/estree`.
import { applyEdits, format } from "jsonc-parser";

interface Text {
  text: string;
}

const name = "json-in-lines";

export const parsers = {
  jsonc: {
    astFormat: name,
    parse: (text: string): Text => ({ text }),
    locStart: () => 0,
    locEnd: (is: Text) => is.text.length,
  },
};

export const printers = {
  [name]: {
    print: ({ node: { text } }: { node: Text }) =>
      applyEdits(text, format(text, undefined, { tabSize: 2, insertSpaces: true, insertFinalNewline: true })),
  },
};
