// Passwords that can be looked at, choices that show their panel, forms that are sent once.
import { all, one } from "./dom.js";

function passwords(root) {
  for (const button of all("[data-reveal]", root)) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const input = one(`#${button.dataset.reveal}`);
      const show = input.type === "password";
      input.type = show ? "text" : "password";
      button.textContent = show ? "Hide" : "Show";
      button.setAttribute("aria-pressed", show);
    });
  }
}

// [data-shows="id"] on a radio: its panel shows, its siblings' hide. Without scripts all are there.
function choices(root) {
  for (const group of new Set(all("[data-shows]", root).map(radio => radio.name))) {
    const radios = all(`[name="${group}"]`, root);
    const update = () => {
      for (const radio of radios) if (radio.dataset.shows) one(`#${radio.dataset.shows}`).hidden = !radio.checked;
    };
    for (const radio of radios) radio.addEventListener("change", update);
    update();
  }
}

// A filter is used as soon as it is chosen.
function filters(root) {
  for (const group of all("[data-submits]", root)) {
    group.addEventListener("change", () => group.closest("form").requestSubmit());
  }
}

// What is pressed twice is sent once.
function once(root) {
  for (const form of all("form[method=post]", root)) {
    form.addEventListener("submit", event => {
      if (form.dataset.sent) event.preventDefault();
      else if (!event.defaultPrevented) form.dataset.sent = "yes";
    });
  }
  addEventListener("pageshow", () => {
    for (const form of all("form[data-sent]")) delete form.dataset.sent;
  });
}

export function forms(root) {
  passwords(root);
  choices(root);
  filters(root);
  once(root);
}
