"""A project's recipe: which generator, how much at a time, from which stock on."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

import synth
from quality.supply.models import Recipe
from synth.realism.limits import ENOUGH_PICTURES
from webapp.accounts.models import StaffMember
from webapp.projects.models import Project

Generator = Recipe.Generator

# name -> (lowest, highest)
RANGES: dict[str, tuple[float, float]] = {
    "steps": (1, 200),
    "guidance": (0.0, 10.0),
    "material": (2, 10_000),
    "size": (ENOUGH_PICTURES, 5000),
    "spare": (1.0, 10.0),
    "days": (0.5, 365.0),
}
_WHOLE = {"steps", "material", "size"}
_FOLDER = re.compile(r"[A-Za-z0-9][\w.-]{0,99}")


class SupplyError(ValueError):
    """What was asked for cannot be done; the message is one sentence."""


@dataclass(frozen=True)
class Maker:
    """A generator of pictures: the `kind` of project that it serves, and whether it needs a checkpoint."""

    kind: str
    trained: bool


MAKERS = {
    Generator.CELLS: Maker(Project.Kind.CLASS, trained=True),
    Generator.INSERT: Maker(Project.Kind.MASK, trained=False),
}


def generators_for(project: Project) -> list[str]:
    """Generators that can make gold for a project, by their keys."""
    return [generator.value for generator, maker in MAKERS.items() if maker.kind == project.kind] + [
        Generator.HELD.value
    ]


def checkpoint_folder(name: str) -> Path:
    """A bundled checkpoint, or one under the models folder. Raises SupplyError."""
    if not _FOLDER.fullmatch(name):
        raise SupplyError(f"Expected the name of a folder under the models folder; got {name[:40]!r}.")
    for folder in (settings.MODELS / name, Path(synth.__file__).parent / "checkpoints" / name):
        if (folder / "config.json").is_file():
            return folder
    raise SupplyError(f"There is no checkpoint {name!r} under the models folder, and none of that name is bundled.")


def labels_made(project: Project, recipe: Recipe) -> list[str]:
    """The project's labels that its generator can make. Raises SupplyError."""
    if recipe.generator == Generator.HELD:
        raise SupplyError("By this recipe nothing is made: held-back pictures that experts labelled become gold.")
    labels = list(project.labels.values_list("key", flat=True))
    if not MAKERS[Generator(recipe.generator)].trained:
        return labels
    folder = checkpoint_folder(recipe.checkpoint)
    classes = _classes(folder)
    if _learnt_from_the_crowd(folder):
        raise SupplyError(
            f"The checkpoint {folder.name!r} learnt from the crowd's labels: what it draws is never gold."
        )
    unknown = sorted(set(classes) - set(labels))
    if unknown:
        raise SupplyError(f"The checkpoint draws {unknown[0]!r}, which the project's label set does not have.")
    return [label for label in labels if label in classes]


def _classes(folder: Path) -> list[str]:
    try:
        return list(json.loads((folder / "config.json").read_text("utf-8"))["classes"])
    except (OSError, ValueError, KeyError, TypeError):
        raise SupplyError(f"The checkpoint {folder.name!r} does not say which classes it draws.") from None


def _learnt_from_the_crowd(folder: Path) -> bool:
    try:
        card = json.loads((folder / "card.json").read_text("utf-8"))
        return bool(card["data"]["labels_from"]["crowd"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


@transaction.atomic
def set_recipe(*, by: StaffMember | None, project: Project, **values: Any) -> Recipe:
    """Make or change a project's recipe: generator, checkpoint, active, exposure_cap (None, or at least the project's
    redundancy) and what is in `RANGES`. Raises SupplyError; nothing has changed then."""
    recipe = Recipe.objects.select_for_update().filter(project=project).first() or Recipe(project=project)
    for name, value in values.items():
        if name in RANGES:
            _check_range(name, value)
        elif name not in ("generator", "checkpoint", "active", "exposure_cap"):
            raise SupplyError(f"A recipe has no {name!r}.")
        setattr(recipe, name, value)
    if recipe.generator not in generators_for(project):
        raise SupplyError(f"No generator {recipe.generator!r} makes gold for {project.kind} projects.")
    if recipe.exposure_cap is not None and not project.redundancy <= recipe.exposure_cap <= 1000:
        # Gold with fewer answers than open tasks could be told by that.
        raise SupplyError(
            f"Gold retires after {project.redundancy} people at the earliest, as many as answer every open task; "
            f"{recipe.exposure_cap} does not fit."
        )
    if recipe.generator != Generator.HELD:
        labels_made(project, recipe)
    recipe.set_by = by
    recipe.save()
    return recipe


def _check_range(name: str, value: Any) -> None:
    lowest, highest = RANGES[name]
    fits = isinstance(value, int) if name in _WHOLE else isinstance(value, int | float)
    if isinstance(value, bool) or not fits or not lowest <= value <= highest:
        raise SupplyError(f"{name} lies between {lowest:g} and {highest:g}; it is {value!r}.")


@transaction.atomic
def trust_label(*, by: StaffMember | None, project: Project, label: str) -> None:
    """Have a label made again: what was found wrong until now counts no more. Raises SupplyError."""
    recipe = Recipe.objects.select_for_update().filter(project=project).first()
    if recipe is None or not project.labels.filter(key=label).exists():
        raise SupplyError("The project has no recipe, or no such label.")
    recipe.trusted_since = {**recipe.trusted_since, label: timezone.now().isoformat()}
    recipe.save(update_fields=["trusted_since", "set_at"])
