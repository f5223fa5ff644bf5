// Making a token: what the form comes to, said by the server while one types; and the page that shows the secret once.
import { all, element, icon, one, post } from "./dom.js";
import { Picker } from "./tree.js";

function making() {
  const form = one("[data-new-token]");
  if (!form) return;
  const parts = name => one(`[data-${name}]`, form);
  const permissions = one("#permissions", form);
  let asked = 0;
  let timer;

  const show = told => {
    parts("sentence").textContent = told.sentence;
    const list = parts("powers");
    const items = told.listed.map(name => element("li", {}, icon("check"), name));
    if (told.more > 0) items.push(element("li", {}, `and ${told.more.toLocaleString("en")} more`));
    list.replaceChildren(...items);
    list.hidden = items.length === 0;
    const typed = new FormData(form).get("powers") !== "paste" || one("#query", form).value.trim() !== "";
    parts("problem").hidden = !told.problem || !typed;
    parts("problem").lastElementChild.textContent = told.problem ?? "";
    parts("besides").hidden = told.besides.length === 0;
    parts("besides-out").textContent = told.besides.join(", ");
    parts("until").textContent = told.until;
    parts("ends-out").textContent = told.ends;
    const pasted = one("#query", form);
    if (told.problem && typed && new FormData(form).get("powers") === "paste") pasted.setAttribute("aria-invalid", "true");
    else pasted.removeAttribute("aria-invalid");
  };
  const update = async () => {
    const mine = ++asked;
    try {
      const told = await post(form, { path: "/tokens/new/query" });
      if (mine === asked) show(told);
    } catch {
      // Away for now, or the session is over: sending the form tells.
    }
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(update, 150);
  };
  const facts = () => {
    parts("name-out").textContent = one("#name", form).value || "Not named yet";
    const writes = new FormData(form).get("access") === "ROLE_READ_WRITE";
    parts("access-out").textContent = writes ? "Read and write" : "Read-only";
  };
  parts("live-facts").hidden = false;
  form.addEventListener("input", () => {
    facts();
    soon();
  });
  facts();
  update();

  const place = one("[data-picker]", form);
  const picker = new Picker(place, {
    chosen: permissions.value.split("\n"),
    onChange: chosen => {
      permissions.value = chosen.join("\n");
      soon();
    },
  });
  permissions.addEventListener("input", () => picker.choose(permissions.value.split("\n")));
  const pick = one('[name=powers][value="pick"]', form);
  const load = () => pick.checked && picker.load();
  for (const radio of all("[name=powers]", form)) radio.addEventListener("change", load);
  const mutations = () => picker.allowMutations(new FormData(form).get("access") === "ROLE_READ_WRITE");
  for (const radio of all("[name=access]", form)) radio.addEventListener("change", mutations);
  mutations();
  load();
}

// Confirm waits until the token was copied or is said to be saved; then the page that shows it is left for good.
function shownOnce() {
  const page = one("[data-shown-once]");
  if (!page) return;
  const confirm = one("[data-confirm]", page);
  const saved = one("[data-saved]", confirm);
  const button = one("button", confirm);
  const why = one("[data-why]", confirm);
  let copied = false;
  let leaving = false;
  const update = () => {
    button.disabled = !(copied || saved.checked);
    saved.required = !copied;
    why.hidden = !button.disabled;
  };
  page.addEventListener("copied", event => {
    if (!event.target.matches("[data-secret]")) return;
    copied = true;
    update();
  });
  saved.addEventListener("change", update);
  confirm.addEventListener("submit", event => {
    event.preventDefault();
    leaving = true;
    forget();
    location.replace(confirm.action);
  });
  addEventListener("beforeunload", event => {
    if (button.disabled && !leaving) event.preventDefault();
  });
  // A page that the browser has kept shows no secret when somebody goes back to it.
  const forget = () => {
    for (const field of all("#secret, [id^=snippet-], [name=secret]", page)) {
      if ("value" in field && field.localName === "input") field.value = "";
      else field.textContent = "";
    }
  };
  addEventListener("pagehide", forget);
  // A download leaves the page where it is.
  for (const again of all("[data-again]", page)) {
    again.form.addEventListener("submit", () => setTimeout(() => delete again.form.dataset.sent, 1000));
  }
  update();
  waiting(one("[data-live]", page));
}

// Looks every two seconds whether the token was used, for half an hour.
function waiting(live) {
  if (!live) return;
  live.hidden = false;
  const until = Date.now() + 30 * 60 * 1000;
  const look = async () => {
    try {
      const response = await fetch(live.dataset.live, { headers: { Accept: "application/json" } });
      const { seen } = await response.json();
      if (seen) {
        const works = element("span", { className: "badge ok" }, icon("check"), "It works");
        live.replaceChildren(works, element("span", {}, seen));
        return;
      }
    } catch {
      // Tried again.
    }
    if (Date.now() < until) setTimeout(look, 2000);
  };
  setTimeout(look, 1000);
}

// Changing one: the picker writes into the field that is sent.
function changing() {
  const form = one("[data-edit-token]");
  if (!form) return;
  const permissions = one("#permissions", form);
  const picker = new Picker(one("[data-picker]", form), {
    chosen: permissions.value.split("\n"),
    onChange: chosen => {
      permissions.value = chosen.join("\n");
    },
  });
  permissions.addEventListener("input", () => picker.choose(permissions.value.split("\n")));
  const pick = one('[name=powers][value="pick"]', form);
  const load = () => pick.checked && picker.load();
  for (const radio of all("[name=powers]", form)) radio.addEventListener("change", load);
  load();
}

making();
changing();
shownOnce();
