"""`python -m synth`: draw phantoms, train and sample models, put packs through the gates. See `--help` of each."""

import sys

from synth.cli import main

sys.exit(main(sys.argv[1:]))
