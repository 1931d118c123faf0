"""API keys: long random strings of which only the SHA-256 is stored. They are random enough to need no salt."""

import hashlib
import secrets
from functools import cache

from webapp.accounts.models import User


def new_token() -> str:
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """SHA-256 of the key, as 64 hexadecimal digits; of anything that is no key, a digest that matches none."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def owner(digest: str) -> User | None:
    """Who plays with this key. Asked with every request of the loop, so without Django's query compiler."""
    found = User.objects.raw(_owner_sql(), [digest])
    return next(iter(found), None)


@cache
def _owner_sql() -> str:
    columns = ", ".join(f"u.{field.column}" for field in User._meta.concrete_fields)
    return (
        f"SELECT {columns} FROM accounts_playtoken k JOIN accounts_user u ON u.id = k.user_id "
        "WHERE k.digest = %s AND u.is_active"
    )
