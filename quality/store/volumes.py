"""What a moderator should look at in volumes: slices without an answer between others, jumps of area, swapped sides.

Found from the labels as they stand, volume by volume, with gold's known answers among them. What a moderator has
decided already or put aside is not brought up again, and slices that still wait for answers are no gaps. It takes a
millisecond or so for each labelled slice of 512 px.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from inference.engine.volumes.checks import Finding, area_jumps, cut_ends, gaps, swapped_sides
from quality.domain import masks
from quality.store.models import Consensus, GoldTruth, TaskState
from webapp.images.models import Source
from webapp.projects.models import Project

Mask = npt.NDArray[np.bool_]
UNDER_WAY = (TaskState.State.BLOCKED, TaskState.State.WAITING, TaskState.State.OPEN)


MOST = 200  # findings of a project


@dataclass(frozen=True)
class _SliceTask:
    """A task on a slice: its number in the volume, and whether a moderator has decided on it."""

    slice: int
    task: UUID
    decided: bool


@dataclass
class _Label:
    """One label in one volume, by the slices' places in it."""

    tasks: dict[int, _SliceTask] = field(default_factory=dict)
    masks: dict[int, Mask] = field(default_factory=dict)
    under_way: set[int] = field(default_factory=set)


def volumes_of(project: Project) -> dict[str, Any]:
    """{"findings": [{"volume", "label", "kind", "sentence", "tasks": [{"slice", "task"}]}]}, at most `MOST`, volume by
    volume. "kind": gap, area, end or sides; "tasks": those to look at; slices that nobody was asked about have none."""
    if project.kind != Project.Kind.MASK:
        return {"findings": []}
    return {"findings": list(islice(_findings(project), MOST))}


def _findings(project: Project) -> Iterator[dict[str, Any]]:
    sources = (
        Source.objects.filter(project=project, volume__isnull=False)
        .order_by("volume", "slice_axis", "slice_index")
        .values_list("volume", "volume__name", "slice_axis", "slice_index", "image")
    )
    for (_, name, _), group in groupby(sources.iterator(), key=lambda source: source[:3]):
        slices = [(index or 0, image) for *_, index, image in group]
        labels = _labels(project, slices)
        for key, one in labels.items():
            found = [*gaps(set(one.masks) | one.under_way), *area_jumps(one.masks), *cut_ends(one.masks, len(slices))]
            yield from _to_look_at(name, key, one, found, slices)
        for left, right in _sides(labels):
            found = swapped_sides(labels[left].masks, labels[right].masks)
            yield from _to_look_at(name, left, labels[left], found, slices)


def _labels(project: Project, slices: list[tuple[int, UUID]]) -> dict[str, _Label]:
    """What is known of a volume; its slices by their places in `slices`, since perhaps not all were imported."""
    place = {image: number for number, (_, image) in enumerate(slices)}
    states = TaskState.objects.filter(project=project, task__image__in=place)
    rows = list(states.values_list("task", "task__image", "task__label__key", "state"))
    truths = GoldTruth.objects.filter(task__in=[row[0] for row in rows]).exclude(state=GoldTruth.State.HELD)
    gold = {task: (state, answer) for task, state, answer in truths.values_list("task", "state", "answer")}
    agreed = Consensus.objects.filter(task__in=[row[0] for row in rows]).values_list("task", "source", "answer")
    known = {task: (source, answer) for task, source, answer in agreed}
    labels: dict[str, _Label] = defaultdict(_Label)
    for task, image, key, state in rows:
        number, label = place[image], labels[key or ""]
        source, answer = known.get(task, ("", None))
        put_aside = state == TaskState.State.RETIRED
        decided = put_aside or task in gold or source not in ("", Consensus.Source.CROWD)
        if put_aside:
            answer = None
        elif task in gold:
            answer = gold[task][1] if gold[task][0] == GoldTruth.State.APPROVED else None
        label.tasks[number] = _SliceTask(slices[number][0], task, decided)
        mask = _mask(answer)
        if mask is not None:
            label.masks[number] = mask
        elif state in UNDER_WAY or (task in gold and not put_aside):
            label.under_way.add(number)
    return labels


def _mask(answer: dict[str, Any] | None) -> Mask | None:
    """bool[h, w] in served pixels, bool[1, 1] for "nothing here"; None where nothing is known."""
    if answer is None or answer["kind"] not in ("mask", "nothing"):
        return None
    return masks.decode(answer["rle"]) if answer["kind"] == "mask" else np.zeros((1, 1), bool)


def _sides(labels: Iterable[str]) -> list[tuple[str, str]]:
    """Labels that differ in "left" and "right" alone."""
    known = set(labels)
    pairs = ((key, key.replace("left", "right")) for key in known if "left" in key)
    return sorted((left, right) for left, right in pairs if right in known)


def _to_look_at(
    volume: str, label: str, known: _Label, found: Iterable[Finding], slices: list[tuple[int, UUID]]
) -> Iterator[dict[str, Any]]:
    for finding in found:
        tasks = tuple(known.tasks[number] for number in finding.slices if number in known.tasks)
        waits = any(number in known.under_way for number in finding.slices)
        if waits or (tasks and all(task.decided for task in tasks)):
            continue
        yield {
            "volume": volume,
            "label": label,
            "kind": finding.kind,
            "sentence": _sentence(finding, known, slices),
            "tasks": [{"slice": task.slice, "task": str(task.task)} for task in tasks],
        }


def _sentence(finding: Finding, known: _Label, slices: list[tuple[int, UUID]]) -> str:
    first, last = (slices[finding.slices[end]][0] for end in (0, -1))
    where = f"Slice {first}" if first == last else f"Slices {first} to {last}"
    if finding.kind == "gap":
        return f"{where}: no answer, though there are some before and behind."
    if finding.kind == "area":
        return f"{where}: the area jumps, to less than half or more than twice that of its neighbours."
    if finding.kind == "end":
        return f"{where}: the label ends just before it with a large area; perhaps it goes on."
    return f"{where}: left and right lie the other way round than on most slices."
