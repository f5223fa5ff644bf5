// The line below the bar: whose powers are shown, in a sentence, and what may be done with the query.
import { useGraphiQL, useOperationsEditorState, useVariablesEditorState } from "@graphiql/react";
import { useState } from "react";
import { sentence, type Identity } from "./identity";
import { link, token_form } from "./link";
import { Copy, Icon } from "./parts";
import { SnippetsDialog } from "./snippets";
import type { Start } from "./start";

interface Shown {
  start: Start;
  identity: Identity;
  secret: string | null;
  by_hand: boolean;
}

export function Note({ start, identity, secret, by_hand }: Shown) {
  const [query] = useOperationsEditorState();
  const [variables] = useVariablesEditorState();
  const [snippets, setSnippets] = useState(false);
  const { schema, fetchError, isIntrospecting, operationName } = useGraphiQL(state => ({
    schema: state.schema,
    fetchError: state.fetchError,
    isIntrospecting: state.isIntrospecting,
    operationName: state.operationName,
  }));
  const [before, name, after] = sentence(identity, schema);
  return (
    <div className="ide-note">
      <p role="status">
        {by_hand ? (
          <>
            The <b>Authorization</b> in the tab Headers is sent instead of what is chosen above. Fetch the schema again to see
            what it may.
          </>
        ) : fetchError && !isIntrospecting && identity.kind !== "nobody" ? (
          <>
            The schema as <b>{name}</b> sees it could not be read: {reason(fetchError)}.
          </>
        ) : (
          <>
            {before}
            <b>{name}</b>
            {after}
          </>
        )}
      </p>
      <div className="actions">
        {start.user && (
          <a className="btn ghost small" href={token_form(query)}>
            <Icon name="key" />
            Create a token for this query
          </a>
        )}
        <button className="btn ghost small" type="button" onClick={() => setSnippets(true)}>
          <Icon name="code" />
          Copy as code
        </button>
        <Copy
          className="btn ghost small"
          label="Copy link"
          text={() => link({ query, variables, operationName: operationName ?? undefined })}
        />
      </div>
      <SnippetsDialog
        open={snippets}
        close={() => setSnippets(false)}
        query={query}
        variables={variables}
        secret={secret}
      />
    </div>
  );
}

// What the endpoint said, out of what GraphiQL made of it.
function reason(error: string): string {
  try {
    const told = JSON.parse(error);
    return String((told.errors ?? told)[0]?.message ?? told.message ?? error).replace(/\.$/, "");
  } catch {
    return error.replace(/\.$/, "");
  }
}
