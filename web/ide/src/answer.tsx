// Above the result: how the request went, and, if it was refused, what is lacking, where, and what can be done.
import { useGraphiQL, useMonaco } from "@graphiql/react";
import type { GraphQLSchema } from "graphql";
import { useEffect, useMemo } from "react";
import { go_to, mark, type Api, type Editor } from "./editor";
import type { Answer, GraphQLError } from "./fetcher";
import { SignIn } from "./header";
import { name, type Identity } from "./identity";
import { token_form } from "./link";
import { places, words } from "./missing";
import { Copy, Icon } from "./parts";

interface Shown {
  answer: Answer | null;
  identity: Identity;
  // One's own schema, which may say of a field what the identity's does not hold.
  own: GraphQLSchema | null;
}

export function AnswerLine({ answer, identity, own }: Shown) {
  const error = answer?.errors[0];
  const code = error?.extensions?.code;
  return (
    <div className="ide-answer">
      <div className="ide-pane-head">
        <h2>Answer</h2>
        <span role="status">{answer && `${answer.status}, ${answer.milliseconds} ms`}</span>
      </div>
      {answer && error && code === "FORBIDDEN" && <Refused answer={answer} error={error} identity={identity} own={own} />}
      {answer && error && code === "UNAUTHENTICATED" && <Dead error={error} identity={identity} by_hand={answer.by_hand} />}
    </div>
  );
}

function Refused({ answer, error, identity, own }: Shown & { answer: Answer; error: GraphQLError }) {
  const { schema, editor } = useGraphiQL(state => ({ schema: state.schema, editor: state.queryEditor }));
  const monaco = useMonaco(state => state.monaco);
  const missing = error.extensions?.missing ?? [];
  // One's own schema knows more types than that of who was refused.
  const found = useMemo(() => places(answer.query, missing, own ?? schema), [answer, own, schema]);
  const { by_hand } = answer;
  const whose = by_hand ? "the token in the tab Headers" : identity.kind === "self" ? "none of your roles" : name(identity);
  useEffect(() => {
    if (monaco && editor) return mark(monaco as Api, editor as Editor, found, whose);
  }, [monaco, editor, found, whose]);

  return (
    <section className="notice bad" role="alert" aria-labelledby="refused">
      <Icon name="stop" />
      <div>
        <h3 id="refused">
          {missing.length === 0
            ? sentence_of(error.message)
            : `Refused: ${missing.length === 1 ? "a permission is" : `${missing.length} permissions are`} missing, and nothing ran.`}
        </h3>
        {missing.length > 0 && (
          <ul className="plain-list ide-missing">
            {missing.map(text => {
              const place = found.find(one => one.coordinate === text);
              return (
                <li key={text}>
                  <code>{text}</code> <span>{words(text, own)}</span>{" "}
                  {place && editor && (
                    <button className="link" type="button" onClick={() => go_to(editor as Editor, place)}>
                      line {place.line}
                    </button>
                  )}
                </li>
              );
            })}
          </ul>
        )}
        <p>{missing.length > 0 && <WayOn kind={by_hand ? "pasted" : identity.kind} />}</p>
      </div>
      {missing.length > 0 && (
        <div className="actions">
          {!by_hand && identity.kind === "token" && (
            <a className="btn small" href={`/tokens/${identity.id}/edit`}>
              Edit this token
            </a>
          )}
          {!by_hand && identity.kind === "role" && (
            <a className="btn small" href={`/roles/${identity.id}`}>
              Open this role
            </a>
          )}
          {(by_hand || identity.kind === "pasted") && (
            <a className="btn small" href={token_form(answer.query)}>
              Create a token for this query
            </a>
          )}
          <Copy label="Copy the list" text={() => missing.join("\n")} />
        </div>
      )}
    </section>
  );
}

function WayOn({ kind }: { kind: Identity["kind"] }) {
  switch (kind) {
    case "token":
      return "The token may hold less than you: add them to it, as far as you hold them yourself.";
    case "role":
      return "Add them to the role, as far as you hold them yourself.";
    case "pasted":
      return "Ask whoever made the token to add them, or make a token for this query.";
    default:
      return "Ask an administrator for a role that holds them, or leave these fields out.";
  }
}

function Dead({ error, identity, by_hand }: { error: GraphQLError; identity: Identity; by_hand: boolean }) {
  const session = !by_hand && identity.kind !== "pasted";
  return (
    <section className="notice bad" role="alert">
      <Icon name="stop" />
      <div>
        <h3>{session && identity.kind !== "nobody" ? "Your session is over." : sentence_of(error.message)}</h3>
        <p>
          {by_hand
            ? "The tab Headers names it: change it there, or take it out."
            : session
              ? "Sign in; what you wrote is kept in this browser."
              : "Paste another token above, or run as yourself."}
        </p>
      </div>
      {session && (
        <div className="actions">
          <SignIn />
        </div>
      )}
    </section>
  );
}

function sentence_of(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
