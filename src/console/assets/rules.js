// The rules of a password, ticked as they are met. The server decides; this only saves a round.
import { all, one } from "./dom.js";

// Rows of keys, letters and digits, and words that every list of passwords begins with.
const easy = /(.)\1{3}|0123|1234|2345|3456|4567|5678|6789|abcd|qwer|asdf|zxcv|qwertz|passw|letmein|welcome|iloveyou/i;

const folded = text => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");

// Parts of the names that stand in the same form, as long as they would help to guess.
function names(form) {
  const fields = all("[name=username], [name=name], [name=email], [name=email_address], [name=public_name]", form);
  const parts = fields.flatMap(field => folded(field.value).split(/[^\p{L}\p{N}]+/u));
  return [...parts.filter(part => part.length > 2), "doorward"];
}

// What is left when all names are taken out has to be a password by itself.
const rules = {
  length: password => [...password].length >= 12,
  names: (password, form) => {
    const rest = names(form).reduce((text, name) => text.replaceAll(name, ""), folded(password));
    return [...rest].length >= Math.min(8, [...password].length);
  },
  easy: password => new Set(password.toLowerCase()).size > 5 && !easy.test(password),
};

for (const list of all("[data-rules]")) {
  const input = one(`#${list.dataset.rules}`);
  const update = () => {
    for (const item of all("[data-rule]", list)) {
      const met = input.value !== "" && rules[item.dataset.rule](input.value, input.form);
      item.classList.toggle("met", met);
      one("[data-met]", item)?.remove();
      if (met) {
        const said = Object.assign(document.createElement("span"), { className: "sr", textContent: " (met)" });
        said.dataset.met = "";
        item.append(said);
      }
    }
  };
  input.form.addEventListener("input", update);
  update();
}
