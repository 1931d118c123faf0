/** Script of the server-rendered pages: their look, the waiting answers of an earlier round, and the service worker. */

import "./styles/pages";
import { PlayApi } from "../api/play";
import { Outbox } from "./outbox/outbox";
import { openStore } from "./outbox/store";
import { followStudy } from "./study";
import { betweenRounds } from "./worker";

/** Answers may still wait from a round without a connection; any page of the site sends them. */
async function sendWaiting(note: HTMLElement): Promise<void> {
  const api = new PlayApi();
  const store = await openStore();
  const owner = document.body.dataset.owner ?? "";
  const outbox: Outbox = new Outbox({
    store,
    owner,
    send: (assignment, body) => api.submit(assignment, body),
    onRefused: () => {},
    onChange: (unsent) => {
      note.hidden = unsent === 0;
      note.textContent = `${unsent} ${unsent === 1 ? "answer waits" : "answers wait"} on this device to be sent.`;
    },
  });
  if ((await store.all()).length > 0) {
    await outbox.drain();
    window.addEventListener("online", () => void outbox.drain());
  }
}

const note = document.getElementById("unsent");
if (note) {
  void sendWaiting(note);
}
betweenRounds();
followStudy();
