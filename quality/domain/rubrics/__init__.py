"""How an answer is graded against a known one. A new kind of question is a file here and a line in `RUBRICS`.

RUBRICS["box"](answer, truth, known_region=None, size=(512, 512)).score
"""

from quality.domain.rubrics import box, class_, mask
from quality.domain.rubrics.result import Rubric, RubricResult

RUBRICS: dict[str, Rubric] = {"class": class_.grade, "box": box.grade, "mask": mask.grade}

__all__ = ["RUBRICS", "Rubric", "RubricResult"]
