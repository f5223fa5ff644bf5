// The drawer with the API call behind a page: of a form, with what is typed in it now. The server writes it, as it would
// if the form were sent.
import { all, one, post } from "./dom.js";
import { colours } from "./colours.js";

function show(drawer, call) {
  one("#call-document", drawer).textContent = call.document;
  one("#call-variables", drawer).textContent = call.variables ?? "";
  one("[data-call-variables]", drawer).hidden = !call.variables;
  one("#call-curl", drawer).textContent = call.curl;
  one("[data-call-ide]", drawer).href = call.ide;
  colours(drawer);
}

export function callDrawer(root) {
  const form = one("form[data-call]", root);
  const drawer = one("#api-call");
  if (!form || !drawer) return;
  for (const button of all("[data-open=api-call]")) {
    button.addEventListener("click", async () => {
      try {
        show(drawer, await post(form, { also: { show: "call" } }));
      } catch {
        // What the page came with stays.
      }
    });
  }
}
