/** The look of the round page. */

import "./pages";
import "./round.css";
import "./panel.css";
import "./tools.css";
import "./wide.css";
import "./sheets.css";
import "./summary.css";
