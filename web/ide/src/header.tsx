// The bar at the top: where one is, as whom requests run, one's account.
import { useState } from "react";
import { key, of, type Identity } from "./identity";
import { Icon } from "./parts";
import { Paste } from "./paste";
import type { Start } from "./start";

interface Shown {
  start: Start;
  identity: Identity;
  secret: string | null;
  choose(identity: Identity): void;
}

export function Header({ start, identity, secret, choose }: Shown) {
  return (
    <header className="ide-bar">
      <a className="brand" href="/tokens" aria-label="Doorward, back to the console">
        <Icon name="mark" />
        <span className="hide-s">Doorward</span>
      </a>
      <nav className="crumbs" aria-label="Where you are">
        <ol>
          <li>
            <a href="/schema">API</a>
          </li>
          <li aria-current="page">
            <h1>GraphiQL</h1>
          </li>
        </ol>
      </nav>
      <Picker start={start} identity={identity} secret={secret} choose={choose} />
      <div className="end">{start.user ? <Account start={start} /> : <SignIn />}</div>
    </header>
  );
}

export function SignIn() {
  return (
    <a className="btn small" href={`/sign-in?${new URLSearchParams({ next: "/graphiql" })}`}>
      Sign in
    </a>
  );
}

function Picker({ start, identity, secret, choose }: Shown) {
  const [pasting, setPasting] = useState(false);
  const pick = (value: string) => {
    if (value === "paste") return setPasting(true);
    const found = of(value, start, secret);
    if (found) choose(found);
  };
  return (
    <div className="field">
      <label htmlFor="identity" className="muted">
        Run as
      </label>
      <select className="select" id="identity" value={key(identity)} onChange={event => pick(event.target.value)}>
        {start.user ? (
          <optgroup label="You">
            <option value="self">{start.user.name}: all that you may</option>
          </optgroup>
        ) : (
          <option value="nobody">Nobody: not signed in</option>
        )}
        {start.tokens.length > 0 && (
          <optgroup label="Tokens">
            {start.tokens.map(token => (
              <option key={token.id} value={`token:${token.id}`}>
                {token.about ? `${token.name}: ${token.about}` : token.name}
              </option>
            ))}
          </optgroup>
        )}
        {start.roles.length > 0 && (
          <optgroup label="Roles">
            {start.roles.map(role => (
              <option key={role.id} value={`role:${role.id}`}>
                {role.name}
              </option>
            ))}
          </optgroup>
        )}
        <optgroup label="A token that you have">
          {secret !== null && <option value="pasted">The token that you pasted</option>}
          <option value="paste">{secret === null ? "Paste a token…" : "Paste another token…"}</option>
        </optgroup>
      </select>
      <Paste
        open={pasting}
        close={() => setPasting(false)}
        take={pasted => {
          setPasting(false);
          choose({ kind: "pasted", secret: pasted });
        }}
      />
    </div>
  );
}

function Account({ start: { user, csrf } }: { start: Start }) {
  if (!user) return null;
  const initial = [...user.name][0]?.toUpperCase() ?? "?";
  return (
    <>
      <button className="avatar" type="button" popoverTarget="account" aria-label={`Your account: ${user.name}`}>
        {initial}
      </button>
      <div className="menu" id="account" popover="auto" role="region" aria-label="Your account">
        <div className="menu-head">
          <span className="avatar quiet" aria-hidden="true">
            {initial}
          </span>
          <div>
            <b>{user.name}</b>
            <span className="two">{user.about || user.username}</span>
          </div>
        </div>
        <ul className="plain-list">
          <li>
            <a href="/tokens">
              <Icon name="key" />
              Personal Access Tokens
            </a>
          </li>
          <li>
            <a href="/me">
              <Icon name="user" />
              Your details, password and sessions
            </a>
          </li>
          <li>
            <hr />
          </li>
          <li>
            <form method="post" action="/sign-out">
              <input type="hidden" name="csrf" value={csrf} />
              <button type="submit">
                <Icon name="out" />
                Sign out
              </button>
            </form>
          </li>
        </ul>
      </div>
    </>
  );
}
