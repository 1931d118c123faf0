"""API keys: long random strings of which only the SHA-256 is stored. They are random enough to need no salt."""

import hashlib
import secrets


def new_token() -> str:
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """SHA-256 of the key, as 64 hexadecimal digits; of anything that is no key, a digest that matches none."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
