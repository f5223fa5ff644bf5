// The picker of operations and fields: a tree of what one may use, made as far as it is opened, and a search through all
// of it. What is chosen is a list of grants, kept by whoever made the picker.
import { element, icon, say } from "./dom.js";

const HITS = 40;
const ROOTS = [["query", "Queries"], ["mutation", "Mutations"], ["subscription", "Subscriptions"]];

let ids = 0;

export class Picker {
  // `chosen`: grants; `onChange`: told of them when they change.
  constructor(place, { chosen = [], onChange = () => {} } = {}) {
    this.place = place;
    this.onChange = onChange;
    this.choose(chosen, false);
    this.mutations = true;
  }

  choose(grants, redraw = true) {
    this.grants = grants.map(grant => grant.trim()).filter(Boolean);
    this.chosen = new Set(this.grants);
    if (redraw) this.mark();
  }

  async load() {
    if (this.loading) return this.loading;
    this.loading = this.draw();
    return this.loading;
  }

  async draw() {
    this.place.replaceChildren(element("div", { className: "skeleton", role: "status" }, element("span"), element("span"), element("span")));
    try {
      const response = await fetch("/schema/tree", { headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(response.statusText);
      this.schema = await response.json();
    } catch {
      this.loading = undefined;
      const again = element("button", { className: "btn small", type: "button" }, "Try again");
      again.addEventListener("click", () => this.load());
      this.place.replaceChildren(element("div", { className: "notice warn" }, element("div", {}, "The schema cannot be shown now. Write the permissions below, one in a line."), again));
      return;
    }
    this.names = this.flat();
    const search = element("input", { className: "input", type: "search", "aria-label": "Find an operation or field", placeholder: "Find an operation, field or Type.field" });
    search.addEventListener("input", () => this.search(search.value));
    search.addEventListener("keydown", event => {
      // Enter would send the form.
      if (event.key === "Enter") event.preventDefault();
    });
    this.body = element("div", { className: "tree-scroll", tabindex: "0", role: "region", "aria-label": "Operations and fields" });
    const tools = element("div", { className: "tree-tools" }, element("div", { className: "with-icon" }, icon("search"), search));
    const tree = element("div", { className: "tree", role: "group", "aria-label": "What may be done" }, tools, this.body);
    tree.addEventListener("change", event => {
      if (event.target.type !== "checkbox") return;
      this.set(event.target.value, event.target.checked);
      if (event.target.checked) this.lead(event.target);
    });
    // Fields of the picker belong to no form of their own.
    tree.addEventListener("input", event => event.stopPropagation());
    this.place.replaceChildren(tree);
    this.roots();
  }

  // Every field that leads somewhere, by name: what the search looks through.
  flat() {
    const names = [];
    for (const [type, { kind, fields = [] }] of Object.entries(this.schema.types)) {
      if (kind !== "OBJECT" && kind !== "INTERFACE") continue;
      for (const field of fields) {
        const name = `${type}.${field.name}`;
        names.push({ type, field, word: field.name.toLowerCase(), text: `${name} ${field.description ?? ""}`.toLowerCase() });
      }
    }
    return names;
  }

  roots() {
    const parts = [];
    for (const [key, title] of ROOTS) {
      const type = this.schema[key];
      const fields = this.schema.types[type]?.fields ?? [];
      if (!type || fields.length === 0) continue;
      parts.push(element("p", { className: "tree-group" }, title, element("span", {}, `${fields.length.toLocaleString("en")} that you may use`)));
      parts.push(element("ul", {}, ...fields.map(field => this.node(type, field))));
    }
    if (parts.length === 0) parts.push(element("p", { className: "tree-group" }, "There is nothing that you may use."));
    this.body.replaceChildren(...parts);
  }

  search(text) {
    const wanted = text.trim().toLowerCase();
    if (!wanted) {
      this.roots();
      return;
    }
    // Those that begin so come first.
    const begin = [];
    const rest = [];
    for (const one of this.names) {
      if (one.text.startsWith(wanted) || one.word.startsWith(wanted)) begin.push(one);
      else if (one.text.includes(wanted)) rest.push(one);
    }
    const found = begin.length + rest.length;
    const best = [...begin.slice(0, HITS), ...rest.slice(0, Math.max(0, HITS - begin.length))];
    const title = element("p", { className: "tree-group", role: "status" }, found === 0 ? "Nothing matches" : "Found", element("span", {}, found > HITS ? `${HITS} of ${found.toLocaleString("en")}` : ""));
    this.body.replaceChildren(title, element("ul", {}, ...best.map(one => this.node(one.type, one.field, true))));
  }

  node(type, field, whole = false) {
    const name = `${type}.${field.name}`;
    const below = this.below(field.base);
    const box = element("input", { type: "checkbox", value: name });
    const args = field.args?.length ? `(${field.args.map(arg => `${arg.name}: ${arg.type}${arg.default ? ` = ${arg.default}` : ""}`).join(", ")})` : "";
    const signature = element("span", { className: "sig" }, ...(whole ? [`${type}.`] : []), element("b", {}, field.name), `${args}: `, element("i", {}, field.type));
    const label = element("label", {}, box, signature);
    if (field.description) label.append(element("span", { className: "why" }, field.description));
    if (field.deprecated) label.append(element("span", { className: "why" }, `Deprecated: ${field.deprecated}`));
    const item = element("li");
    const row = element("div", { className: "node" });
    item.append(row);
    if (below.length === 0) row.append(element("span"), label);
    else row.append(this.twist(item, name, below), label);
    this.state(box);
    return item;
  }

  // A field's own fields are made when it is opened: types lead to each other without end.
  twist(item, name, below) {
    const id = `tree-${++ids}`;
    const button = element("button", { className: "twist", type: "button", "aria-expanded": "false", "aria-controls": id, "aria-label": `Fields of ${name}` }, icon("chevron"));
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") !== "true";
      button.setAttribute("aria-expanded", open);
      let list = item.querySelector(`#${id}`);
      if (!list) {
        list = element("ul", { id, "aria-label": name }, ...below.map(([type, field]) => this.node(type, field)));
        item.append(list);
      }
      list.hidden = !open;
    });
    return button;
  }

  below(type) {
    const found = this.schema.types[type];
    if (!found) return [];
    if (found.kind === "UNION") return (found.of ?? []).flatMap(name => this.below(name));
    if (found.kind !== "OBJECT" && found.kind !== "INTERFACE") return [];
    return (found.fields ?? []).map(field => [type, field]);
  }

  // Whether a grant opens this field; a pattern does too, an exclusion closes it.
  opens(name) {
    const [type, field] = name.split(".");
    const root = ROOTS.some(([key]) => this.schema[key] === type);
    const has = grant => this.chosen.has(grant) || this.chosen.has(`api:${grant}`) || this.chosen.has(`own:${grant}`);
    if (has(`!${name}`) || has(`!${type}.*`)) return false;
    const narrowed = this.grants.some(grant => grant.startsWith(`${type}.${field}(`));
    return has(name) || narrowed || has(`${type}.*`) || (!root && has("*.*"));
  }

  state(box) {
    box.checked = this.opens(box.value);
    box.disabled = !this.mutations && this.schema.mutation && box.value.startsWith(`${this.schema.mutation}.`);
  }

  mark() {
    if (!this.body) return;
    for (const box of this.body.querySelectorAll("input[type=checkbox]")) this.state(box);
  }

  set(name, on) {
    const [type, field] = name.split(".");
    const names = [name, `api:${name}`, `own:${name}`];
    const narrowed = grant => grant.startsWith(`${type}.${field}(`);
    this.grants = this.grants.filter(grant => !names.includes(grant) && grant !== `!${name}` && !narrowed(grant));
    this.chosen = new Set(this.grants);
    if (on !== this.opens(name)) this.grants.push(on ? name : `!${name}`);
    this.chosen = new Set(this.grants);
    this.mark();
    this.onChange(this.grants);
  }

  // A field is of no use without those that lead to it where it was ticked.
  lead(box) {
    const also = [];
    for (let item = box.closest("li").parentElement.closest("li"); item; item = item.parentElement.closest("li")) {
      const above = item.querySelector(":scope > .node input");
      if (above && !above.checked && !above.disabled) also.push(above.value);
    }
    if (also.length === 0) return;
    for (const name of also) this.set(name, true);
    say(`Also ticked, since it leads there: ${also.join(", ")}`);
  }

  // A read-only token runs no mutation: they cannot be picked.
  allowMutations(may) {
    this.mutations = may;
    if (!may && this.schema?.mutation) {
      const left = this.grants.filter(grant => !grant.startsWith(`${this.schema.mutation}.`));
      if (left.length < this.grants.length) {
        this.choose(left, false);
        this.onChange(this.grants);
      }
    }
    this.mark();
  }
}
