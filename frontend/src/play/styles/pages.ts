/** The look of every volunteer page. */

import "../../ui/tokens.css";
import "../../ui/base.css";
import "./frame.css";
import "./home.css";
import "./guide.css";
import "./me.css";
import "./account.css";
