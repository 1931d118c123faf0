"""Fusing whole data sets: labels, boxes and masks, with whatever gold there is.

Unlike `quality.domain.consensus` these look at all tasks at once and so also learn about annotators from the tasks
whose answer nobody knows. One file an estimator; `python -m quality.aggregate` runs them on files.
"""
