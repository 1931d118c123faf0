"""Pseudonyms: a kind adjective, a mineral and a number. More than a hundred million of them, drawn at random."""

import secrets

ADJECTIVES = tuple(
    """
    able airy alert amiable ample artful autumnal balanced bold brave breezy bright brisk calm candid careful
    cheerful clear clever coastal content cordial cosy curious dapper daring dawn deft diligent eager earnest
    easy elegant even fair faithful fearless festive fine firm fluent fond frank free friendly gallant generous
    gentle genuine giving glad gleaming golden graceful grand happy hardy hearty helpful honest hopeful humble
    jolly jovial joyful keen kind lively loyal lucid lucky lunar mellow merry mild mindful misty modest neat
    nimble noble northern open patient peaceful placid playful pleasant plucky polite proud quick quiet radiant
    ready rosy serene silent silver simple sincere smart smooth snowy soft solar southern spry stately steady
    sterling still sturdy summery sunny sure swift tactful tender thoughtful tidy tranquil trusty upbeat valiant
    vivid warm wandering western willing winsome wise witty woodland
    """.split()  # noqa: SIM905  (a list literal would be a screenful)
)

MINERALS = tuple(
    """
    agate alabaster amazonite amber amethyst apatite aragonite aventurine azurite barite basalt beryl bismuth
    calcite carnelian cassiterite celestine chalcedony chalk chrysolite citrine cobalt copper coral corundum
    dolomite emerald epidote feldspar flint fluorite galena garnet gneiss goethite granite graphite gypsum
    halite hematite howlite iolite iridium jade jasper jet kunzite kyanite labradorite lapis larimar lazulite
    limestone magnetite malachite marble mica moonstone nickel obsidian olivine onyx opal pearl peridot platinum
    prehnite pumice pyrite quartz rhodonite rhyolite ruby rutile sandstone sapphire schist selenite serpentine
    shale slate sodalite spinel sphene sugilite sunstone tanzanite titanite topaz tourmaline tuff turquoise
    wulfenite zeolite zircon zoisite
    """.split()  # noqa: SIM905  (a list literal would be a screenful)
)


def draw() -> str:
    """One name, such as `Gentle Quartz 4821`. Not yet known to be free."""
    number = secrets.randbelow(9000) + 1000
    return f"{secrets.choice(ADJECTIVES).title()} {secrets.choice(MINERALS).title()} {number}"
