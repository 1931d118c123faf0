"""Which pictures belong together and may not be split: patient, slide or series."""

import hashlib
import hmac
import re
from pathlib import PurePosixPath


def of_file(name: str, rule: str) -> str:
    """The group of a file by its relative name: see `ImportOptions.group`."""
    if rule in {"auto", "file"}:
        return name[:200]
    if rule == "folder":
        return str(PurePosixPath(name).parent)[:200]
    match = re.search(rule, name[:300])
    if match is None:
        return name[:200]
    return (match[1] if match.re.groups else match[0])[:200]


def hashed(identifier: str, salt: bytes) -> str:
    """A patient's or series' identifier as 12 hex digits that nobody can turn back without the salt."""
    return hmac.new(salt, identifier.encode(), hashlib.sha256).hexdigest()[:12]
