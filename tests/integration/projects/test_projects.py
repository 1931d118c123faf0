import pytest

from tests.factories import StaffFactory
from webapp.projects import selectors
from webapp.projects.services import (
    ProjectError,
    add_exemplar,
    add_labels,
    close_project,
    create_project,
    open_project,
    remove_label,
    set_members,
    update_project,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return create_project(by=None, title="Blood cells", kind="class", prompt="Which cell is this?", labels=["Red cell"])


def test_a_project_starts_as_a_draft_with_an_address_of_its_title(project):
    assert (project.slug, project.state) == ("blood-cells", "draft")


def test_its_maker_works_on_it_and_others_do_not():
    maker, other, admin = StaffFactory(), StaffFactory(), StaffFactory(role="admin")
    project = create_project(by=maker, title="Mine", kind="box", prompt="Find them.")
    assert [list(selectors.projects_of(member)) for member in (maker, other, admin)] == [[project], [], [project]]
    set_members(by=admin, project=project, members=[other])
    assert [selectors.works_on(member=member, project=project) for member in (maker, other, admin)] == [
        False,
        True,
        True,
    ]


def test_opening_asks_for_the_ethics_reference_then_the_licence(project):
    """I12: it is on record that the project may run before anybody is asked anything."""
    with pytest.raises(ProjectError, match="Say under which ethics approval"):
        open_project(by=None, project=project)
    update_project(by=None, project=project, ethics_reference="2026-17")
    with pytest.raises(ProjectError, match="Say under which licence"):
        open_project(by=None, project=project)
    update_project(by=None, project=project, data_licence="CC BY 4.0")
    assert open_project(by=None, project=project).state == "open"
    assert close_project(by=None, project=project).state == "closed"


def test_a_project_without_labels_does_not_open():
    project = create_project(
        by=None, title="Bare", kind="class", prompt="?", ethics_reference="none needed", data_licence="CC0"
    )
    with pytest.raises(ProjectError, match="at least one label"):
        open_project(by=None, project=project)


def test_labels_get_keys_colours_and_shortcuts_in_order(project):
    add_labels(by=None, project=project, labels=["White cell", {"name": "Platelet", "key": "plt", "colour": "#112233"}])
    assert [(label.key, label.shortcut, label.position) for label in selectors.labels_of(project)] == [
        ("red-cell", "1", 0),
        ("white-cell", "2", 1),
        ("plt", "3", 2),
    ]
    assert len({label.colour for label in selectors.labels_of(project)}) == 3


def test_a_label_with_a_key_that_is_there_is_changed_not_doubled(project):
    add_labels(by=None, project=project, labels=[{"key": "red-cell", "name": "Erythrocyte"}])
    assert [label.name for label in selectors.labels_of(project)] == ["Erythrocyte"]


def test_labels_stay_once_answers_may_name_them(project):
    update_project(by=None, project=project, ethics_reference="x", data_licence="y")
    label = selectors.labels_of(project)[0]
    open_project(by=None, project=project)
    with pytest.raises(ProjectError, match="'Red cell' stays"):
        remove_label(by=None, label=label)


def test_exemplars_keep_their_order(project):
    for caption in ("Like this", "Not like this"):
        add_exemplar(by=None, project=project, file="0" * 32 + ".webp", caption=caption)
    assert [(e.position, e.caption) for e in selectors.exemplars_of(project)] == [
        (0, "Like this"),
        (1, "Not like this"),
    ]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "poem"}, "Kind: Value 'poem' is not a valid choice."),
        ({"slug": "blood-cells"}, "The address 'blood-cells' is taken by another project."),
        ({"redundancy": 0}, "Expected redundancy from 1 to 100; got 0."),
        ({"state": "open"}, "A project has no field 'state' that can be set"),
    ],
)
def test_values_that_do_not_fit_are_refused_in_one_sentence(project, fields, sentence):
    with pytest.raises(ProjectError) as refusal:
        create_project(**{"by": None, "title": "X", "kind": "class", "prompt": "?", **fields})
    assert str(refusal.value).startswith(sentence)
