from tests.integration.volunteers import _fresh_counters, _wall, site

__all__ = ["_fresh_counters", "_wall", "site"]
