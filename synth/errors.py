class DataError(ValueError):
    """Data that cannot be used; the message is one sentence saying what was expected and what came."""
