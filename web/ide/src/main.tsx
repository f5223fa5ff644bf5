// Begins: asks the server who is there, and puts the page together.
import { createRoot } from "react-dom/client";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./ide.css";
import { early } from "./editor";
import { Ide } from "./ide";
import { linked } from "./link";
import { start } from "./start";

early();

const place = document.querySelector("#ide");
if (place) {
  const root = createRoot(place);
  const asked = linked();
  start().then(
    started => root.render(<Ide start={started} linked={asked} />),
    error => root.render(<Failed message={error.message} />),
  );
}

function Failed({ message }: { message: string }) {
  return (
    <main className="ide-failed">
      <h1>GraphiQL cannot begin</h1>
      <p>{message}</p>
      <p>
        <a href="">Try again</a>, or <a href="/tokens">go to the console</a>.
      </p>
    </main>
  );
}
