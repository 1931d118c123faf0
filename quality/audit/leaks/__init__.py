"""The leak audit: an attacker that plays on a running site and tries to tell gold from open tasks.

`play` collects what attackers see, `channels` turn it into scores, `area` and `verdict` say how well those separate
gold from open, and whether that can be certified. The truth is never shown to those who play.
"""
