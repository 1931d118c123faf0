"""What the demonstration's projects say to people. Plain words; a volunteer knows no anatomy yet."""

from dataclasses import dataclass, field
from typing import Any

from webapp.images.pipeline import GENTLE, CommonPath

ETHICS = "Not needed: computer-made pictures, no people and no animals"
LICENCE = "Demonstration: computer-made pictures, no people; free to use (CC0)"
DEBRIEF = """Thank you for playing. All pictures of this demonstration were drawn by a computer program, so every right
answer was known from the start; a part of them was used to learn how well answers can be trusted."""


@dataclass(frozen=True)
class Example:
    """A tutorial picture: its file under exemplars/, what it shows, whether it is done right."""

    file: str
    caption: str
    label: str | None = None
    good: bool = True


@dataclass(frozen=True)
class ProjectText:
    slug: str
    kind: str
    title: str
    summary: str
    prompt: str
    guideline: str
    labels: tuple[dict[str, str], ...]
    examples: tuple[Example, ...]
    folder: str
    options: dict[str, Any] = field(default_factory=dict)
    common_path: CommonPath = GENTLE
    gold_share: float = 0.25
    redundancy: int = 5
    practice: tuple[tuple[str, int, str], ...] = ()  # what is shown (a label, or nothing), how many, why


def _label(key: str, name: str, colour: str, shortcut: str) -> dict[str, str]:
    return {"key": key, "name": name, "colour": colour, "shortcut": shortcut}


CELLS = ProjectText(
    slug="which-cell",
    kind="class",
    title="Which cell is this?",
    summary="One stained cell at a time: say which of five kinds it is. A minute a round; no knowledge needed.",
    prompt="Which kind is the cell in the middle?",
    guideline="""Look at the cell **in the middle** only; its neighbours do not count.

- **Neutrophil**: pale body, a dark nucleus in three to five lobes, like beads on a bent thread.
- **Eosinophil**: packed with large red grains; the nucleus in two lobes hides among them.
- **Lymphocyte**: small. One round dark nucleus fills nearly all of it, with a thin blue rim.
- **Macrophage**: the largest. A greyish, foamy body with a bean-shaped nucleus to one side.
- **Mast cell**: fine violet grains all over, and a round nucleus in the middle behind them.

Colours differ from slide to slide; trust shape and grains first. If you really can't say, choose *Can't tell*: that is
an honest answer too.""",
    labels=(
        _label("neutrophil", "Neutrophil", "#0072b2", "1"),
        _label("eosinophil", "Eosinophil", "#d55e00", "2"),
        _label("lymphocyte", "Lymphocyte", "#009e73", "3"),
        _label("macrophage", "Macrophage", "#56b4e9", "4"),
        _label("mast_cell", "Mast cell", "#cc79a7", "5"),
    ),
    examples=(
        Example("cell_neutrophil.png", "Neutrophil: a pale body, the nucleus in several lobes.", "neutrophil"),
        Example("cell_eosinophil.png", "Eosinophil: large red grains.", "eosinophil"),
        Example("cell_lymphocyte.png", "Lymphocyte: small, nearly all nucleus.", "lymphocyte"),
        Example("cell_macrophage.png", "Macrophage: large and foamy, nucleus to one side.", "macrophage"),
        Example("cell_mast_cell.png", "Mast cell: fine violet grains everywhere.", "mast_cell"),
        Example(
            "cell_mistaken.png",
            "Not a neutrophil, though its nucleus has lobes: large red grains mean eosinophil.",
            "neutrophil",
            good=False,
        ),
    ),
    folder="crops",
    practice=(
        ("neutrophil", 2, "Neutrophil: the body is pale and the dark nucleus hangs together in several small lobes."),
        (
            "eosinophil",
            2,
            "Eosinophil: large red grains fill the body. They matter more than the lobes of the nucleus.",
        ),
        ("lymphocyte", 2, "Lymphocyte: a small cell whose round dark nucleus leaves only a thin rim."),
        ("macrophage", 2, "Macrophage: large, greyish and foamy, with the nucleus pushed to one side."),
        ("mast_cell", 2, "Mast cell: fine violet grains lie over everything, the round nucleus shows in the middle."),
    ),
    # Of a plain camera in a dim room: the grain is what the generated cells hide in (docs/synth.md).
    common_path=CommonPath(factor=0.5, noise=18.0, quality=80),
)

FIELDS = ProjectText(
    slug="find-the-cells",
    kind="box",
    title="Find the cells",
    summary="Draw boxes round the large foamy cells and the red ones. The others may stay as they are.",
    prompt="Draw a box round every macrophage and every eosinophil.",
    guideline="""Two kinds are wanted:

- **Macrophage**: the largest cells, greyish and foamy, with a bean-shaped nucleus to one side.
- **Eosinophil**: packed with large red grains.

Leave all others alone. Draw each box **close round one whole cell**: from edge to edge, neither cutting it nor leaving
much room. A cell cut by the picture's edge gets a box too if you see about half of it or more. If there is none of
either kind, choose *Nothing here*.""",
    labels=(
        _label("macrophage", "Macrophage", "#0072b2", "1"),
        _label("eosinophil", "Eosinophil", "#d55e00", "2"),
    ),
    examples=(
        Example("field_good.png", "Every foamy and every red cell has a box that just fits."),
        Example("field_bad.png", "Not so: boxes too wide, and round cells that were not asked for.", good=False),
        Example("cell_macrophage.png", "A macrophage from close by.", "macrophage"),
        Example("cell_eosinophil.png", "An eosinophil from close by.", "eosinophil"),
    ),
    folder="fields",
    practice=(
        (
            "box",
            4,
            "The foamy cells and those full of red grains have a box each, close round the cell; all others none.",
        ),
        ("nothing", 1, "Only small round cells and pale ones here, and they were not asked for: nothing to box."),
    ),
    redundancy=4,
)

ORGANS = ProjectText(
    slug="outline-the-organ",
    kind="mask",
    title="Outline the organ",
    summary="Slices through the belly, as a CT scanner shows them: draw a box round an organ and mend its outline.",
    prompt="Outline this organ, or say that it is not in this slice.",
    guideline="""You look at a slice through the belly **from the feet**: the person's right side is on the **left** of
the picture (marked R), the front is on top.

- **Liver**: the largest organ, smooth grey, mostly on the left. The darker gall bladder is not part of it.
- **Spleen**: smooth grey, at the back on the right of the picture, like a thick crescent along the ribs.
- **Kidneys**: bright ovals on both sides of the spine. Outline **both** where both are there; the dark hollow in the
  middle of a kidney is not part of it.

Draw a box round the organ; a first outline appears. Mend it with plus and minus points or with the brush. If the organ
is not in this slice, choose *Nothing here*.""",
    labels=(
        _label("liver", "Liver", "#009e73", "1"),
        _label("spleen", "Spleen", "#cc79a7", "2"),
        _label("kidneys", "Kidneys", "#e69f00", "3"),
    ),
    examples=(
        Example("organ_liver.png", "Liver: up to its smooth edge, without the gall bladder.", "liver"),
        Example("organ_spleen.png", "Spleen: the crescent at the back, along the ribs.", "spleen"),
        Example("organ_kidneys.png", "Kidneys: both of them, without the dark hollow.", "kidneys"),
        Example("organ_bad.png", "Not so: the outline spills over the organ's edge.", "spleen", good=False),
    ),
    folder="scans",
    practice=(
        (
            "liver",
            2,
            "The liver is the large smooth grey organ; its edge goes round the darker gall bladder, not over it.",
        ),
        ("spleen", 2, "The spleen lies at the back on the right of the picture, a smooth crescent along the ribs."),
        ("kidneys", 2, "Both kidneys count, one on either side of the spine, without the dark hollow in the middle."),
        ("nothing", 1, "The organ that was asked for is not in this slice. To see that is an answer too."),
    ),
    options={"window": "ct-abdomen", "axis": "axial"},
    redundancy=4,
)

PROJECTS = (CELLS, FIELDS, ORGANS)
