/** The look of every volunteer page. */

import "./frame.css";
import "./home.css";
import "./guide.css";
import "./me.css";
import "./account.css";
import "./study.css";
