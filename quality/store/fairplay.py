"""Evidence on fair play from a project's answers; see `quality.domain.fairplay` for what is tested and how."""

import hashlib
import json
from collections import defaultdict
from typing import Any
from uuid import UUID

from quality.domain.fairplay import Given, findings
from quality.store.models import Consensus, GoldTruth, Grade, ProjectFigures
from webapp.annotations.models import Annotation
from webapp.projects.models import Project

MOST = 200_000  # newest answers that are looked at
ALIKE = ("copies", "handovers")  # findings that speak of two people
WORDS = {"nothing": "nothing here", "cannot_tell": "can't tell"}


def fair_play_of(project: Project) -> dict[str, Any]:
    """{"findings": [{"kind", "people": [id, ...], "sentence", "p"}], "people", "answers"}; JSON-ready."""
    given = _given(project)
    found = [
        {"kind": f.kind, "people": [str(person) for person in f.people], "sentence": f.sentence, "p": f.p}
        for f in findings(given)
    ]
    return {"findings": found, "people": len({answer.person for answer in given}), "answers": len(given)}


def alike_in(project: Project) -> dict[UUID, set[UUID]]:
    """Whose answers look like whose, copied or from a second account, as far as was found; of others nobody's."""
    figures = ProjectFigures.objects.filter(project=project, name=ProjectFigures.Name.FAIR_PLAY).first()
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for finding in figures.content.get("findings", []) if figures else []:
        if finding["kind"] in ALIKE:
            pair = [UUID(person) for person in finding["people"]]
            for person in pair:
                found[person] |= {other for other in pair if other != person}
    return found


def _given(project: Project) -> list[Given]:
    # Sentences are formats, in which a brace must not be taken for a place.
    names = {key: name.replace("{", "{{").replace("}", "}}") for key, name in project.labels.values_list("key", "name")}
    truths: dict[UUID, dict[str, Any]] = dict(Consensus.objects.filter(project=project).values_list("task", "answer"))
    approved = GoldTruth.objects.filter(project=project, state=GoldTruth.State.APPROVED)
    truths.update(approved.values_list("task", "answer"))
    scores = dict(
        Grade.objects.filter(task__project=project, gold_score__isnull=False).values_list("annotation", "gold_score")
    )
    rows = Annotation.objects.filter(
        task__project=project, annotator__isnull=False, annotator__merged_into=None
    ).order_by("-submitted_at")
    columns = ("pk", "annotator", "task", "answer", "submitted_at", "client_ms", "assignment__proposal")
    given = []
    for pk, person, task, answer, at, ms, proposal in rows.values_list(*columns)[:MOST].iterator(chunk_size=5000):
        drawn = answer["kind"] in ("box", "mask") and answer != proposal
        said, truth = _words(answer, names, drawn), truths.get(task)
        told = _words(truth, names, False) if truth and truth["kind"] in ("class", "nothing") else None
        right = scores.get(pk)
        if right is None and told is not None and answer["kind"] in ("class", "nothing"):
            right = float(said == told)
        seconds = None if ms is None else ms / 1000
        given.append(Given(person, task, said, at.timestamp(), seconds, right, told, drawn))
    return given


def _words(answer: dict[str, Any], names: dict[str, str], drawn: bool) -> str:
    """A label's name, or for a drawing what only the same drawing is called."""
    if answer["kind"] == "class":
        return names.get(answer["label"], answer["label"])
    if drawn:
        return hashlib.sha256(json.dumps(answer, sort_keys=True).encode()).hexdigest()
    return WORDS.get(answer["kind"], "as suggested")
