"""What the pages do, through their forms."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from quality.store import selectors
from quality.store.jobs import run_import
from tests.factories import TaskFactory
from tests.integration.images.made import picture
from webapp.images.models import ImportJob, Source
from webapp.images.pipeline import STRONG, CommonPath
from webapp.images.services import common_path_of
from webapp.projects.models import Project
from webapp.projects.services import create_project
from webapp.staff.views import tasks as gallery

pytestmark = pytest.mark.django_db
OWN = "/staff/projects/cells/"


def told(reply) -> str:
    """The sentences on top of the page that a form leads to."""
    return " ".join(str(message) for message in reply.context["messages"])


def test_a_project_from_draft_to_open(office):
    client = office.browser("moderator")
    form = {"title": "Organs", "kind": "mask", "prompt": "Outline it.", "labels": "Liver\nSpleen\n"}
    client.post("/staff/projects/new/", form)
    project = Project.objects.get(slug="organs")
    assert [label.key for label in project.labels.all()] == ["liver", "spleen"]
    path = "/staff/projects/organs/"
    assert "ethics" in told(client.post(path, {"action": "open"}, follow=True))
    client.post(f"{path}settings/", {"action": "fields", "ethics_reference": "E 7", "data_licence": "CC0"})
    client.post(path, {"action": "open"})
    project.refresh_from_db()
    assert project.state == "open"


def test_a_project_that_cannot_be_keeps_what_was_typed(office):
    form = {"title": "Twice", "kind": "class", "prompt": "Which?", "slug": "cells"}
    reply = office.browser("moderator").post("/staff/projects/new/", form)
    assert reply.status_code == 400
    assert "taken by another project" in reply.context["error"]
    assert b'value="Twice"' in reply.content


def test_the_label_set_keeps_its_keys(office):
    rows = {"key": ["cat", "dog", ""], "name": ["Tomcat", "Dog", "Hedge hog"], "colour": ["#112233", "#445566", ""],
            "shortcut": ["c", "d", ""], "position": ["0", "1", ""]}  # fmt: skip
    office.browser("moderator").post(f"{OWN}settings/", {"action": "labels", **rows})
    found = [(label.key, label.name, label.colour) for label in office.project.labels.all()][:2]
    assert found == [("cat", "Tomcat", "#112233"), ("dog", "Dog", "#445566")]
    assert office.project.labels.filter(key="hedge-hog", name="Hedge hog").exists()


def test_a_task_has_answers_enough_by_a_rule_that_moderators_choose(office):
    client = office.browser("moderator")
    form = {"action": "enough", "stopping": "risk", "risk_goal": "2.5", "least_votes": "3"}
    client.post(f"{OWN}settings/", form)
    kept = selectors.policy(office.project)
    assert (kept["stopping"], kept["risk_goal"], kept["least_votes"]) == ("risk", 0.025, 3)
    assert 'value="2.5"' in client.get(f"{OWN}settings/").content.decode()
    assert "fixed, risk" in told(client.post(f"{OWN}settings/", form | {"stopping": "whim"}, follow=True))
    assert selectors.policy(office.project)["stopping"] == "risk"


def test_how_strongly_pictures_are_treated_is_chosen_before_there_are_any(office):
    client = office.browser("moderator")
    empty = create_project(by=office.staff["moderator"], title="Organs", kind="mask", prompt="Outline it.")
    path = "/staff/projects/organs/settings/"
    assert "Gently" in client.get(path).content.decode()
    client.post(path, {"action": "path", "strength": "strong"})
    empty.refresh_from_db()
    assert common_path_of(empty) == STRONG
    own = {"action": "path", "strength": "own", "max_side": "512", "factor": "0.5", "noise": "2,5", "quality": "80"}
    client.post(path, own)
    empty.refresh_from_db()
    assert common_path_of(empty) == CommonPath(max_side=512, factor=0.5, noise=2.5, quality=80)
    assert "noise of the common path from 0.0 to 20.0; got 21.0" in told(
        client.post(path, own | {"noise": "21"}, follow=True)
    )
    assert "Expected a number for the factor" in told(client.post(path, own | {"factor": "half"}, follow=True))
    assert "fixed once a project has pictures" in told(client.post(f"{OWN}settings/", own, follow=True))
    assert "Fixed since the first import" in client.get(f"{OWN}settings/").content.decode()


def test_how_strongly_pictures_are_treated_is_set_by_programs_too(office):
    client = office.program("moderator")
    create_project(by=office.staff["moderator"], title="Organs", kind="mask", prompt="Outline it.")
    path = "/api/v1/staff/projects/organs/common-path"
    gentle = {"max_side": 1024, "factor": 1.0, "noise": 1.0, "quality": 88}
    assert client.get(path).json() == gentle
    reply = client.put(path, {"noise": 2.5, "factor": 0.75}, content_type="application/json")
    assert reply.json() == client.get(path).json() == gentle | {"noise": 2.5, "factor": 0.75}
    assert client.put(path, {"noise": 30}, content_type="application/json").status_code == 400
    taken = client.put("/api/v1/staff/projects/cells/common-path", {}, content_type="application/json")
    assert (taken.status_code, "fixed" in taken.json()["detail"]) == (409, True)


def test_suggested_answers_are_switched_on_within_their_bounds(office):
    client = office.browser("moderator")
    form = {"action": "help", "proposal_share": "20", "planted_share": "25", "unaided_share": "10"}
    assert selectors.policy(office.project)["proposal_share"] == 0
    client.post(f"{OWN}settings/", form)
    kept = selectors.policy(office.project)
    assert (kept["proposal_share"], kept["planted_share"], kept["unaided_share"]) == (0.2, 0.25, 0.1)
    assert 'value="20"' in client.get(f"{OWN}settings/").content.decode()
    assert "between 0 and 0.3" in told(client.post(f"{OWN}settings/", form | {"proposal_share": "31"}, follow=True))
    assert selectors.policy(office.project)["proposal_share"] == 0.2


def test_files_are_sent_imported_and_removed(office, tmp_path, settings):
    picture(tmp_path / "a.png", seed=1)
    files = [
        SimpleUploadedFile("a.png", (tmp_path / "a.png").read_bytes()),
        SimpleUploadedFile("a.png", b"no picture"),
    ]
    form = {"files": files, "labels": "on", "gold_share": "0"}
    reply = office.browser("moderator").post(f"{OWN}imports/", form)
    job = ImportJob.objects.order_by("-pk")[0]
    assert reply["Location"] == f"{OWN}imports/{job.pk}/"
    run_import(job.pk)
    job.refresh_from_db()
    assert (job.state, job.report["taken"]) == ("done", 1)
    assert [refusal["name"] for refusal in job.report["refused"]] == ["a-2.png"]
    assert [path.name for path in settings.UPLOADS.iterdir() if path.name.startswith("sent-")] == []
    assert b"a-2.png" in office.browser("moderator").get(reply["Location"]).content


def test_only_administrators_read_the_servers_folders(office, tmp_path):
    assert "Only administrators" in told(
        office.browser("moderator").post(f"{OWN}imports/", {"folder": str(tmp_path)}, follow=True)
    )
    assert ImportJob.objects.filter(path=str(tmp_path)).count() == 0
    office.browser("admin").post(f"{OWN}imports/", {"folder": str(tmp_path)})
    assert ImportJob.objects.filter(path=str(tmp_path)).count() == 1


def test_what_files_call_a_label_is_told_line_by_line(office, tmp_path):
    picture(tmp_path / "a.png", seed=1)
    (tmp_path / "labels.csv").write_text("image,label\na.png,Katze\n")
    form = {"folder": str(tmp_path), "labels": "on", "gold_share": "100", "label_names": "Katze = cat\n\n 7=dog "}
    office.browser("admin").post(f"{OWN}imports/", form)
    job = ImportJob.objects.get(path=str(tmp_path))
    assert job.options["label_names"] == {"Katze": "cat", "7": "dog"}
    run_import(job.pk)
    job.refresh_from_db()
    assert (job.report["taken"], job.report["gold"]) == (1, 1)
    told_of = told(office.browser("admin").post(f"{OWN}imports/", form | {"label_names": "Katze cat"}, follow=True))
    assert "Expected lines such as '1 = liver' for what files call a label; got 'Katze cat'." in told_of


def test_an_option_that_does_not_fit_starts_nothing(office, tmp_path):
    before = ImportJob.objects.count()
    form = {"folder": str(tmp_path), "window": "purple"}
    assert "Expected window" in told(office.browser("admin").post(f"{OWN}imports/", form, follow=True))
    assert ImportJob.objects.count() == before


def test_accept_revise_retire(office):
    client, path = office.browser("moderator"), f"{OWN}tasks/{office.task.pk}/"
    client.post(path, {"action": "accept"})
    assert selectors.task_detail(office.project, office.task.pk).consensus.source == "revised"
    client.post(path, {"action": "revise", "label": "dog", "as_expert": "on", "comment": "Ears."})
    detail = selectors.task_detail(office.project, office.task.pk)
    assert (detail.consensus.source, detail.consensus.answer) == ("expert", {"kind": "class", "label": "dog"})
    assert [(review["action"], review["by"]) for review in detail.reviews] == [
        ("accept", "moderator"),
        ("revise", "moderator"),
    ]
    assert "only an expert" in told(client.post(path, {"action": "revise", "label": "cat"}, follow=True))
    client.post(path, {"action": "retire"})
    assert selectors.task_detail(office.project, office.task.pk).row.state == "retired"


@pytest.mark.parametrize("answer", ["{", "[]", '{"kind": "class", "label": "horse"}', ""])
def test_a_drawing_that_is_none_changes_nothing(office, answer):
    client, path = office.browser("moderator"), f"{OWN}tasks/{office.task.pk}/"
    reply = client.post(path, {"action": "revise", "answer": answer}, follow=True)
    assert reply.status_code == 200
    assert told(reply)
    assert selectors.task_detail(office.project, office.task.pk).consensus.source == "crowd"


def test_pages_name_people_by_pseudonym_alone(office):
    office.volunteer.email = "someone@example.org"
    office.volunteer.save()
    client = office.browser("researcher")
    for path in ("annotators/", f"annotators/{office.volunteer.pk}/", f"tasks/{office.task.pk}/"):
        body = client.get(OWN + path).content.decode()
        assert office.volunteer.pseudonym in body
        assert "example.org" not in body


def test_what_files_are_called_cannot_break_out_of_the_page(office):
    source = office.task.image
    from webapp.images.models import Source

    Source.objects.filter(image=source).update(name="<script>alert(1)</script>", group="</script>")
    body = office.browser("researcher").get(f"{OWN}tasks/{office.task.pk}/").content.decode()
    assert "<script>alert" not in body
    assert "&lt;script&gt;alert(1)" in body


def test_bulk_retiring_stays_within_the_project(office):
    mine, other = office.task, office.hire("second", "moderator", "others")
    client = office.browser(other.username)
    client.post("/staff/projects/others/tasks/", {"action": "retire", "task": [str(mine.pk)]})
    assert selectors.task_detail(office.project, mine.pk).row.state == "open"
    office.browser("moderator").post(f"{OWN}tasks/", {"action": "retire", "task": [str(mine.pk)]})
    assert selectors.task_detail(office.project, mine.pk).row.state == "retired"


def test_an_api_key_is_shown_once_and_works_until_it_is_removed(office, client):
    browser = office.browser("researcher")
    key = browser.post("/staff/account/", {"action": "key", "name": "notebook"}).context["key"]
    headers = {"Authorization": f"Token {key}"}
    assert client.get("/api/v1/staff/me", headers=headers).json()["username"] == "researcher"
    page = browser.get("/staff/account/")
    assert key not in page.content.decode()
    browser.post("/staff/account/", {"action": "drop", "digest": page.context["tokens"][0].digest})
    assert client.get("/api/v1/staff/me", headers=headers).status_code == 401


def test_administrators_cannot_lock_themselves_out(office):
    client = office.browser("admin")
    reply = client.post("/staff/people/", {"action": "change", "username": "admin", "role": "researcher"}, follow=True)
    assert "your own rights" in told(reply)


def test_the_api_revises_with_the_same_rules(office):
    client = office.program("moderator")
    path = f"/api/v1/staff/projects/cells/tasks/{office.task.pk}/review"

    def post(**body):
        return client.post(path, json.dumps(body), "application/json")

    assert post(action="revise", answer={"kind": "class", "label": "horse"}).status_code == 409
    assert post(action="revise", answer={"kind": "class", "label": "dog"}, colour="red").status_code == 400
    reply = post(action="revise", answer={"kind": "class", "label": "dog"})
    assert reply.json()["consensus"]["answer"] == {"kind": "class", "label": "dog"}
    assert reply.json()["votes"][0]["pseudonym"] == office.volunteer.pseudonym


def test_a_decision_about_all_that_match_reaches_beyond_the_page(office, monkeypatch):
    monkeypatch.setattr(gallery, "PAGE", 2)
    for name in ("a-1.png", "a-2.png", "a-3.png", "b-1.png"):
        task = TaskFactory(project=office.project, state="open")
        Source.objects.create(image=task.image, project=office.project, key=name, name=name, width=64, height=48)
    client = office.browser("moderator")
    assert b"All 3 that match" in client.get(f"{OWN}tasks/?search=a-").content
    reply = client.post(f"{OWN}tasks/?search=a-", {"action": "retire", "scope": "all"}, follow=True)
    assert "3 tasks are retired" in told(reply)
    left = selectors.tasks(office.project, selectors.TaskFilter(state="open"))
    assert sorted(row.name for row in left) == ["b-1.png", "one.png"]
