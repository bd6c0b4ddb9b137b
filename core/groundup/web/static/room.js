// The session that the page runs: how it stands, and what it is asked to do; every answer is seen at once.

import { at } from "./dom.js";

let timer = 0;

export function tell(text, wrong = false) {
  if (!text) return;
  const said = at("said");
  said.textContent = text;
  said.className = wrong ? "wrong shown" : "shown";
  clearTimeout(timer);
  timer = setTimeout(() => { said.className = ""; }, wrong ? 20000 : 6000);
}

export async function order(what, given = {}) {
  let answer;
  try {
    const reply = await fetch("do", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ do: what, ...given }) });
    answer = reply.ok ? await reply.json() : { wrong: await reply.text() };
  } catch {
    answer = { wrong: "The lab's program does not answer. A recording that runs goes on; start groundup lab again." };
  }
  tell(answer.wrong || answer.said, Boolean(answer.wrong));
  return answer;
}
