// The editor of roles: grants as chips, a field to add to them, the picker, and what they show. The lines of the text
// field are what is sent; all else here keeps them, and says what they come to.
import { all, count, element, icon, one, post } from "./dom.js";
import { colours } from "./colours.js";
import { Picker } from "./tree.js";

const lines = text => text.split("\n").map(line => line.trim()).filter(Boolean);
const PAUSE = 500;

function editor(form) {
  const field = one("[name=grants]", form);
  const chips = one("[data-chips]", form);
  const adding = one("[data-add]", form);
  const typed = one("input", adding);
  const saved = lines(field.dataset.saved);
  const fresh = form.getAttribute("action") === "/roles/new";
  const grants = () => lines(field.value);

  const picker = new Picker(one("[data-tree]", form), { chosen: grants(), onChange: chosen => set(chosen, true) });

  function set(list, picked = false) {
    field.value = [...new Set(list)].join("\n");
    if (!picked) picker.choose(grants());
    draw();
    soon();
  }

  function chip(grant, { isNew = false, gone = false } = {}) {
    const kind = `chip${grant.startsWith("!") ? " not" : ""}${isNew ? " new" : ""}${gone ? " gone" : ""}`;
    const label = gone ? `Put ${grant} back` : `Take ${grant} away`;
    const button = element("button", { type: "button", "aria-label": label }, icon(gone ? "rotate" : "x"));
    button.addEventListener("click", () => {
      set(gone ? [...grants(), grant] : grants().filter(one => one !== grant));
      typed.focus();
    });
    const said = gone ? "taken away: " : isNew ? "new: " : "";
    return element("span", { className: kind }, ...(said ? [element("span", { className: "sr" }, said)] : []), grant, button);
  }

  function draw() {
    const now = grants();
    const added = now.filter(grant => !saved.includes(grant));
    const gone = saved.filter(grant => !now.includes(grant));
    chips.replaceChildren(
      ...now.map(grant => chip(grant, { isNew: !fresh && added.includes(grant) })),
      ...gone.map(grant => chip(grant, { gone: true })),
    );
    if (now.length + gone.length === 0) chips.append(element("p", { className: "muted" }, "It grants nothing yet."));
    const told = [];
    if (added.length) told.push(`${count(added.length, "grant")} added`);
    if (gone.length) told.push(`${gone.length.toLocaleString("en")} taken away`);
    one("[data-changes]", form).textContent = fresh ? count(now.length, "grant") : told.join(", ");
  }

  // Several at once may be written, as they are told of elsewhere: with commas, or one in a line.
  function add() {
    const more = typed.value.split(/[\s,]+(?![^(]*\))/).filter(Boolean);
    if (more.length === 0) return;
    typed.value = "";
    set([...grants(), ...more]);
    typed.focus();
  }

  one("button", adding).addEventListener("click", add);
  typed.addEventListener("keydown", event => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add();
  });

  let waiting;
  let asked = 0;
  function soon() {
    clearTimeout(waiting);
    waiting = setTimeout(look, PAUSE);
  }

  async function look() {
    const own = ++asked;
    try {
      const sees = await post(form, { also: { show: "sees" } });
      if (own === asked) show(sees);
    } catch {
      // The picture stays as it was; the server is asked again with the next change.
    }
  }

  const part = name => one(`[data-sees-${name}]`, form);
  function show(sees) {
    const wrong = Boolean(sees.problem);
    part("problem").hidden = !wrong;
    one("span", part("problem")).textContent = sees.problem ?? "";
    part("code").hidden = wrong;
    part("count").textContent = sees.count;
    one("#sees").textContent = sees.sdl;
    colours(part("code"));
    part("note").textContent = sees.note;
    part("note").hidden = !sees.note;
    part("nowhere").hidden = sees.nowhere.length === 0;
    one("ul", part("nowhere")).replaceChildren(...sees.nowhere.map(text => element("li", {}, text)));
    part("foot").hidden = !sees.note && sees.nowhere.length === 0;
  }

  for (const box of all("[name=follow_new_fields]", form)) box.addEventListener("change", soon);
  one("[data-plain]", form).hidden = true;
  one("[data-look]", form).hidden = true;
  part("foot").hidden = part("note").hidden && part("nowhere").hidden;
  for (const shown of [chips, adding, one("[data-tree-part]", form)]) shown.hidden = false;
  draw();
  picker.load();
}

const form = one("form[data-role]");
if (form) editor(form);
