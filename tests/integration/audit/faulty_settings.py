"""The site's settings with the faults of `tests.integration.audit.faults`."""

from webapp.config.settings import *  # noqa: F403
from webapp.config.settings import MIDDLEWARE

MIDDLEWARE = ["tests.integration.audit.faults.Faults", *MIDDLEWARE]
