"""What the realism gate needs to say anything: with fewer, chance alone keeps the upper bounds too high."""

ENOUGH_PICTURES = 300  # on either side
ENOUGH_SOURCES = 25  # slides, patients, series
