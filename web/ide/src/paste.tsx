// The dialog that takes a token. It stays in this tab's memory and goes nowhere else.
import { useState, type FormEvent } from "react";
import { Dialog } from "./parts";

interface Asked {
  open: boolean;
  close(): void;
  take(secret: string): void;
}

export function Paste({ open, close, take }: Asked) {
  return (
    <Dialog open={open} close={close} title="Run as a token that you have" className="modal">
      <Form close={close} take={take} />
    </Dialog>
  );
}

function Form({ close, take }: Omit<Asked, "open">) {
  const [wrong, setWrong] = useState("");
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = String(new FormData(event.currentTarget).get("secret"));
    const secret = typed.trim().replace(/^bearer\s+/i, "");
    if (/^[\x21-\x7e]+$/.test(secret)) take(secret);
    else setWrong(secret ? "A token has no spaces and no letters with accents: copy the whole of it, and nothing else." : "Paste a token.");
  };
  return (
    <form onSubmit={submit} autoComplete="off">
      <div className="modal-body">
        <h2>Run as a token that you have</h2>
        <div className="field">
          <label htmlFor="secret">Token</label>
          <input
            className="input mono"
            id="secret"
            name="secret"
            type="password"
            autoComplete="off"
            spellCheck={false}
            autoFocus
            aria-invalid={wrong !== "" || undefined}
            aria-describedby={wrong ? "secret-wrong secret-hint" : "secret-hint"}
          />
          {wrong && (
            <p className="error-text" id="secret-wrong" role="alert">
              <span>{wrong}</span>
            </p>
          )}
          <p className="hint" id="secret-hint">
            It stays in this tab's memory: it is not stored, and gone when you leave or reload. Your session is not sent with it.
          </p>
        </div>
      </div>
      <div className="modal-foot">
        <button className="btn" type="button" onClick={close}>
          Cancel
        </button>
        <button className="btn primary" type="submit">
          Run as this token
        </button>
      </div>
    </form>
  );
}
