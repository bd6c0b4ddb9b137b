// A question before what cannot be taken back; a stray Enter or Escape answers no.

import { at } from "./dom.js";

export function ask(question, yes, no = "No") {
  const dialog = at("ask");
  at("question").textContent = question;
  at("ask-yes").textContent = yes;
  at("ask-no").textContent = no;
  dialog.returnValue = "no";
  dialog.showModal();
  at("ask-no").focus();
  return new Promise((answer) => dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true }));
}
