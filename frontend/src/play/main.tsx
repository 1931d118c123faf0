/** The round page. */

import "./styles/round";
import { render } from "preact";
import { readConfig } from "./config";
import { listenForKeys } from "./keys";
import { RoundApp } from "./RoundApp";
import { RoundSession } from "./session";

const root = document.getElementById("round");
if (root) {
  const session = await RoundSession.open(readConfig());
  root.replaceChildren();
  render(<RoundApp session={session} />, root);
  listenForKeys(session);
  session.start();
}
