"""From slices to volumes: what is missing between answered slices is proposed, what cannot be known is `ignore`.

boxes.py      boxes between key slices, linearly
shapes.py     masks between slices by their signed distances; smoothing; the largest part
checks.py     gaps, sudden changes of area, left and right swapped: what a person should look at
assemble.py   slices to one labelled volume in the source's geometry
"""
