// The query in the languages that people copy from. The server writes them, as it does for the console's pages.
import { parseJSONC } from "@graphiql/react";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { Copy, Dialog, Icon } from "./parts";
import { snippets, type Snippets } from "./start";

const LANGUAGES: [keyof Snippets, string][] = [
  ["curl", "cURL"],
  ["javascript", "JavaScript"],
  ["python", "Python"],
  ["go", "Go"],
  ["postman", "Postman"],
];

interface Asked {
  open: boolean;
  close(): void;
  query: string;
  variables: string;
  secret: string | null;
}

export function SnippetsDialog({ open, close, ...asked }: Asked) {
  return (
    <Dialog open={open} close={close} title="This query as code" className="drawer">
      <header className="drawer-head">
        <h2>This query as code</h2>
        <button className="btn ghost icon-only" type="button" onClick={close} aria-label="Close">
          <Icon name="x" />
        </button>
      </header>
      <Body {...asked} />
    </Dialog>
  );
}

function Body({ query, variables, secret }: Omit<Asked, "open" | "close">) {
  const [shown, setShown] = useState<keyof Snippets>("curl");
  const [with_token, setWithToken] = useState(false);
  const [got, setGot] = useState<Snippets | null>(null);
  const [wrong, setWrong] = useState("");
  const list = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let late = false;
    const token = with_token && secret !== null ? secret : undefined;
    const ask = async () => snippets(query, variables.trim() ? parseJSONC(variables) : {}, token);
    ask().then(
      found => late || (setGot(found), setWrong("")),
      error => late || setWrong(error.message),
    );
    return () => {
      late = true;
    };
  }, [query, variables, secret, with_token]);

  const move = (event: KeyboardEvent) => {
    const at = LANGUAGES.findIndex(([language]) => language === shown);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const [language] = LANGUAGES.at(to % LANGUAGES.length) ?? ["curl"];
    setShown(language);
    list.current?.querySelector<HTMLElement>(`#tab-${language}`)?.focus();
  };

  return (
    <div className="drawer-body">
      <div className="tablist" role="tablist" aria-label="Language" ref={list} onKeyDown={move}>
        {LANGUAGES.map(([language, name]) => (
          <button
            key={language}
            className="tab"
            type="button"
            role="tab"
            id={`tab-${language}`}
            aria-selected={language === shown}
            aria-controls="snippet"
            tabIndex={language === shown ? 0 : -1}
            onClick={() => setShown(language)}
          >
            {name}
          </button>
        ))}
      </div>
      {secret !== null && (
        <label className="check">
          <input type="checkbox" checked={with_token} onChange={event => setWithToken(event.target.checked)} />
          <span>with the token that I pasted: then who reads this can use it</span>
        </label>
      )}
      {wrong && (
        <p className="error-text" role="alert">
          <Icon name="warn" />
          <span>{wrong}</span>
        </p>
      )}
      <div id="snippet" role="tabpanel" aria-labelledby={`tab-${shown}`}>
        {got ? (
          <div className="code wrap">
            <pre tabIndex={0} role="region" aria-label="The code">
              <code>{got[shown]}</code>
            </pre>
            <Copy label="Copy" text={() => got[shown]} />
          </div>
        ) : (
          !wrong && <p role="status">Loading…</p>
        )}
      </div>
    </div>
  );
}
