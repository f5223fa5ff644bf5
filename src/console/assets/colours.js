// Code colours: wraps words in spans; the text stays as it is.
import { all, element } from "./dom.js";

const RULE =
  /(#[^\n]*|\/\/[^\n]*)|("""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`[^`]*`)|\b(query|mutation|subscription|fragment|on|type|input|enum|scalar|interface|union|directive|const|await|import|from|package|func|map|string|print|true|false|null|return|curl)\b|\b([A-Z][A-Za-z0-9]*)\b/g;
const LONGEST = 60_000;

function coloured(text, language) {
  const parts = document.createDocumentFragment();
  let at = 0;
  for (const match of text.matchAll(RULE)) {
    const [word, comment, string, keyword] = match;
    const kind = comment ? "c" : string ? "s" : keyword ? "k" : "t";
    if (kind === "t" && !/graphql|sdl/.test(language)) continue;
    if (kind === "c" && word.startsWith("//") && text[match.index - 1] === ":") continue;
    if (kind === "c" && word.startsWith("#") && !/graphql|sdl|py/.test(language)) continue;
    parts.append(text.slice(at, match.index), element("span", { className: kind }, word));
    at = match.index + word.length;
  }
  parts.append(text.slice(at));
  return parts;
}

export function colours(root) {
  for (const code of all("code[data-lang]", root)) {
    const text = code.textContent;
    // Lines that are marked stay as they are.
    if (text.length > LONGEST || code.querySelector(":not(span.c, span.s, span.k, span.t)")) continue;
    code.replaceChildren(coloured(text, code.dataset.lang));
  }
}
