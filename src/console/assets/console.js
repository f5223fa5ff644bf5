// What all pages of the console have. A part finds its own hooks (data-…) and does nothing where there is none.
import { callDrawer } from "./call.js";
import { colours } from "./colours.js";
import { forms } from "./forms.js";
import { frame } from "./frame.js";

export function enliven(root) {
  frame(root);
  forms(root);
  callDrawer(root);
  colours(root);
}

enliven(document);
