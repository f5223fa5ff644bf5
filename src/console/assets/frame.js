// Navigation on small screens, dialogs, tabs, copying.
import { all, element, one, say } from "./dom.js";

function navigation() {
  const button = one("[data-nav]");
  const side = one(".side");
  if (!button || !side) return;
  const set = open => {
    side.classList.toggle("open", open);
    button.setAttribute("aria-expanded", open);
    if (open) one("a", side).focus();
  };
  button.addEventListener("click", event => {
    event.stopPropagation();
    set(!side.classList.contains("open"));
  });
  document.addEventListener("keydown", event => {
    if (event.key === "Escape" && side.classList.contains("open")) {
      set(false);
      button.focus();
    }
  });
  document.addEventListener("click", event => {
    if (side.classList.contains("open") && !side.contains(event.target)) set(false);
  });
}

// [data-open="id"] opens a dialog; Escape and focus are the browser's.
function dialogs(root) {
  for (const button of all("[data-open]", root)) {
    // Where the browser opens it by itself (`command`), there is nothing to do.
    if ("commandForElement" in button && button.commandForElement) continue;
    button.addEventListener("click", () => one(`#${button.dataset.open}`).showModal());
  }
  for (const dialog of all("dialog.drawer", root)) {
    dialog.addEventListener("click", event => {
      if (event.target === dialog) dialog.close();
    });
  }
}

// A link to a page that asks one question (revoke, rotate, disable) opens it over the page; without scripts it is a page
// of its own.
function questions(root) {
  for (const link of all("a[data-modal]", root)) {
    link.addEventListener("click", async event => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      try {
        const response = await fetch(link.href, { headers: { Accept: "text/html" } });
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        const question = one("[data-question]", page);
        if (!response.ok || !question) throw new Error("another page");
        await ask(document.adoptNode(question));
      } catch {
        location.href = link.href;
      }
    });
  }
}

async function ask(question) {
  one("#question")?.remove();
  const dialog = element("dialog", { className: "modal", id: "question", "aria-labelledby": "question-title" }, question);
  for (const cancel of all("[data-cancel]", question)) {
    cancel.addEventListener("click", event => {
      event.preventDefault();
      dialog.close();
    });
  }
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  const { enliven } = await import("./console.js");
  enliven(dialog);
  dialog.showModal();
}

// The ARIA pattern for tabs: arrows, Home, End.
function tabs(root) {
  for (const list of all("[role=tablist]", root)) {
    const items = all("[role=tab]", list);
    const pick = (tab, focus) => {
      for (const item of items) {
        const on = item === tab;
        item.setAttribute("aria-selected", on);
        item.tabIndex = on ? 0 : -1;
        one(`#${item.getAttribute("aria-controls")}`).hidden = !on;
      }
      if (focus) tab.focus();
    };
    list.hidden = false;
    pick(items.find(item => item.getAttribute("aria-selected") === "true") ?? items[0]);
    list.addEventListener("click", event => {
      const tab = event.target.closest("[role=tab]");
      if (tab) pick(tab);
    });
    list.addEventListener("keydown", event => {
      const at = items.indexOf(document.activeElement);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      pick(items.at(to % items.length), true);
    });
  }
}

// [data-copy="id"] copies the text of that element.
function copying(root) {
  for (const button of all("[data-copy]", root)) {
    const label = one("[data-label]", button) ?? button;
    const before = label.textContent;
    const live = element("span", { className: "sr", role: "status" });
    button.after(live);
    button.addEventListener("click", async () => {
      const from = one(`#${button.dataset.copy}`);
      try {
        await navigator.clipboard.writeText(from.textContent.trim());
      } catch {
        getSelection().selectAllChildren(from);
        say("Selected. Press Ctrl+C or ⌘C to copy.");
        return;
      }
      label.textContent = live.textContent = "Copied";
      button.classList.add("copied");
      button.dispatchEvent(new CustomEvent("copied", { bubbles: true }));
      if (button.hasAttribute("data-stay")) return;
      setTimeout(() => {
        label.textContent = before;
        live.textContent = "";
        button.classList.remove("copied");
      }, 2000);
    });
  }
}

export function frame(root) {
  if (root === document) navigation();
  dialogs(root);
  questions(root);
  tabs(root);
  copying(root);
}
