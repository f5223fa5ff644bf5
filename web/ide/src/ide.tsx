// The page: GraphiQL between the bar and the answer's line, and what goes on when one runs as somebody else.
import {
  GraphiQLProvider,
  parseJSONC,
  useGraphiQL,
  useGraphiQLActions,
  useHeadersEditorState,
  useMonaco,
} from "@graphiql/react";
import { DOC_EXPLORER_PLUGIN, DocExplorerStore } from "@graphiql/plugin-doc-explorer";
import { HISTORY_PLUGIN, HistoryStore } from "@graphiql/plugin-history";
import { GraphiQL, GraphiQLInterface } from "graphiql";
import type { GraphQLSchema } from "graphql";
import { useEffect, useMemo, useRef, useState } from "react";
import { AnswerLine } from "./answer";
import { colour, dress, type Api, type Editor } from "./editor";
import { names_credential, sender, type Answer } from "./fetcher";
import { Header } from "./header";
import { first, type Identity } from "./identity";
import type { Linked } from "./link";
import { Note } from "./note";
import type { Start } from "./start";
import { storage } from "./storage";

const PLUGINS = [DOC_EXPLORER_PLUGIN, HISTORY_PLUGIN];
const WELCOME = `# Only what may be used is offered here. Ctrl+Enter runs it, Ctrl+Space completes.

query {
  me {
    username
  }
}
`;

export function Ide({ start, linked }: { start: Start; linked: Linked }) {
  const [identity, setIdentity] = useState<Identity>(() => first(start));
  const [secret, setSecret] = useState<string | null>(null);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [own, setOwn] = useState<GraphQLSchema | null>(null);
  const kept = useMemo(() => storage(start.user?.username ?? "", start.endpoint), [start]);
  const sent = useMemo(() => sender(start.endpoint, identity, setAnswer), [start, identity]);

  // GraphiQL keeps the first function that it is given, so that this one has to look who it is by then.
  const now = useRef(identity);
  now.current = identity;

  const choose = (chosen: Identity) => {
    sent.stop();
    setAnswer(null);
    if (chosen.kind === "pasted") setSecret(chosen.secret);
    setIdentity(chosen);
  };

  return (
    <GraphiQLProvider
      fetcher={sent.fetcher}
      plugins={PLUGINS}
      referencePlugin={DOC_EXPLORER_PLUGIN}
      storage={kept}
      shouldPersistHeaders={false}
      defaultQuery={WELCOME}
      initialQuery={linked.query}
      initialVariables={linked.variables}
      inputValueDeprecation
      onSchemaChange={schema => now.current.kind === "self" && setOwn(schema)}
    >
      <HistoryStore>
        <DocExplorerStore>
          <Inside
            {...{ start, identity, secret, choose, answer, own }}
            forget={() => setAnswer(null)}
            operation={linked.operationName}
            has_variables={linked.variables !== undefined}
          />
        </DocExplorerStore>
      </HistoryStore>
    </GraphiQLProvider>
  );
}

interface Within {
  start: Start;
  identity: Identity;
  secret: string | null;
  choose(identity: Identity): void;
  answer: Answer | null;
  forget(): void;
  own: GraphQLSchema | null;
  operation?: string;
  has_variables: boolean;
}

function Inside({ start, identity, secret, choose, answer, forget, own, operation, has_variables }: Within) {
  const by_hand = useByHand();
  useLooks();
  useOperation(operation);
  useFollowing(identity, answer !== null);
  useForgetting(forget);
  return (
    <main className="ide">
      <Header {...{ start, identity, secret, choose }} />
      <Note {...{ start, identity, secret, by_hand }} />
      <GraphiQLInterface
        forcedTheme="system"
        showPersistHeadersSettings={false}
        defaultEditorToolsVisibility={has_variables ? "variables" : true}
      >
        <GraphiQL.Logo>{null}</GraphiQL.Logo>
        <GraphiQL.Footer>
          <AnswerLine {...{ answer, identity, own }} />
        </GraphiQL.Footer>
      </GraphiQLInterface>
    </main>
  );
}

// Whether the tab Headers holds a credential, which is sent instead of the chosen identity.
function useByHand(): boolean {
  const [headers] = useHeadersEditorState();
  try {
    return names_credential(parseJSONC(headers));
  } catch {
    return false;
  }
}

// The console's colours and letters, also after the system changed between light and dark.
function useLooks(): void {
  const monaco = useMonaco(state => state.monaco);
  const { setTheme } = useGraphiQLActions();
  const editors = useGraphiQL(state => [
    state.queryEditor,
    state.variableEditor,
    state.headerEditor,
    state.responseEditor,
  ]);
  useEffect(() => {
    if (monaco) colour(monaco as Api);
  }, [monaco]);
  useEffect(() => {
    for (const editor of editors) if (editor) dress(editor as Editor);
  }, [...editors]);
  useEffect(() => {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => setTheme(null);
    dark.addEventListener("change", follow);
    return () => dark.removeEventListener("change", follow);
  }, [setTheme]);
}

// The operation that a link names, once there is such a one.
function useOperation(wanted: string | undefined): void {
  const { setOperationName } = useGraphiQLActions();
  const operations = useGraphiQL(state => state.operations);
  const done = useRef(false);
  useEffect(() => {
    if (done.current || !wanted || !operations) return;
    done.current = true;
    if (operations.some(one => one.name?.value === wanted)) setOperationName(wanted);
  }, [operations, wanted]);
}

// As somebody else: what the one before was told goes away, and if it was a query that ran, it runs anew. Mutations
// wait until somebody says so.
function useFollowing(identity: Identity, ran: boolean): void {
  const { run, stop } = useGraphiQLActions();
  const { editor, responses, introspecting, fetching, operations, operationName } = useGraphiQL(state => ({
    editor: state.queryEditor,
    responses: state.responseEditor,
    introspecting: state.isIntrospecting,
    fetching: state.isFetching,
    operations: state.operations,
    operationName: state.operationName,
  }));
  const before = useRef(identity);
  const ran_before = useRef(false);
  const again = useRef(false);
  useEffect(() => {
    if (before.current === identity) return;
    before.current = identity;
    stop();
    responses?.setValue("");
    const chosen = operations?.find(one => operations.length === 1 || one.name?.value === operationName);
    again.current = ran_before.current && chosen?.operation === "query";
  }, [identity]);
  useEffect(() => {
    ran_before.current = ran || fetching;
  }, [ran, fetching]);
  useEffect(() => {
    if (introspecting || !again.current || !editor) return;
    again.current = false;
    void run();
  }, [introspecting]);
}

// An answer belongs to its tab.
function useForgetting(forget: () => void): void {
  const tab = useGraphiQL(state => state.tabs[state.activeTabIndex]?.id);
  useEffect(forget, [tab]);
}
