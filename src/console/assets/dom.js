// Small words for finding and making elements.
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];
export const one = (selector, root = document) => root.querySelector(selector);

export function count(n, word) {
  const many = /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
  return `${n.toLocaleString("en")} ${n === 1 ? word : many}`;
}

// The folder that this file is in holds the icons too.
const icons = new URL("icons.svg", import.meta.url).pathname;

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${icons}#${name}`);
  svg.append(use);
  return svg;
}

export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made && typeof value !== "string") made[key] = value;
    else made.setAttribute(key === "className" ? "class" : key, value);
  }
  made.append(...children);
  return made;
}

// A message that goes by itself.
export function say(text) {
  let box = one(".toasts");
  if (!box) {
    box = element("div", { className: "toasts", role: "status" });
    document.body.append(box);
  }
  const toast = element("div", { className: "toast" }, text);
  box.replaceChildren(toast);
  setTimeout(() => toast.remove(), 5000);
}

// Sends a form's fields where the form goes, or elsewhere, and reads the JSON that comes back.
export async function post(form, { path = form.action, also = {} } = {}) {
  const fields = new URLSearchParams(new FormData(form));
  for (const [name, value] of Object.entries(also)) fields.set(name, value);
  const response = await fetch(path, { method: "POST", body: fields, headers: { Accept: "application/json" } });
  if (!response.headers.get("Content-Type")?.startsWith("application/json")) throw new Error("not now");
  return response.json();
}
