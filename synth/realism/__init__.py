"""Can a script tell generated pictures from real ones? A gate that gold must pass before anybody is shown it."""
