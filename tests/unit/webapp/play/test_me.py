import json

from tests.factories import GuestFactory, ProjectFactory
from webapp.accounts.models import User
from webapp.game.models import Standing


def stand(user, project, *, points, rating=50) -> None:
    Standing.objects.create(
        annotator=user, project=project, points=points, points_week=points, rounds=3, rounds_week=3,
        rating=rating, rating_week=rating, rank=1, rank_week=1, badges=["first_round"],
    )  # fmt: skip


def test_my_page_adds_up_what_i_did(player, guest):
    for slug, points in (("cells", 300), ("livers", 50)):
        stand(guest, ProjectFactory(slug=slug), points=points)
    page = player.get("/me/").content.decode()
    assert guest.pseudonym in page
    assert "<dt>Points</dt><dd>350</dd>" in page
    assert "<dt>Rounds</dt><dd>6</dd>" in page
    assert "<dt>Level</dt><dd>3</dd>" in page
    assert "Level 4 begins at 600 points" in page
    assert page.count("You finished your first round.") == 1


def test_my_data_is_a_file(player, guest):
    response = player.get("/me/data/")
    assert response["Content-Disposition"] == 'attachment; filename="goldvein-my-data.json"'
    assert response["Cache-Control"] == "no-store"
    assert json.loads(response.content)["person"]["pseudonym"] == guest.pseudonym


def test_leaving_asks_what_should_become_of_the_answers(player):
    response = player.post("/me/leave/")
    assert response.status_code == 200
    assert "Please choose what should happen to your answers." in response.content.decode()
    assert User.objects.get().deletion_requested_at is None


def test_leaving_is_a_request_and_ends_the_session(player, guest):
    assert player.post("/me/leave/", {"answers": "remove"})["Location"] == "/goodbye/"
    guest.refresh_from_db()
    assert guest.deletion_requested_at is not None
    assert not guest.keep_answers
    assert player.get("/me/").status_code == 302


def test_people_choose_whether_they_are_on_boards(player, guest):
    project = ProjectFactory(slug="cells")
    stand(guest, project, points=40)
    other = GuestFactory(pseudonym="Sunny Opal 7")
    stand(other, project, points=90)
    assert guest.pseudonym in player.get("/leaderboard/cells/").content.decode()
    player.post("/me/boards/", {"shown": "no"})
    page = player.get("/leaderboard/cells/?span=all").content.decode()
    assert "Sunny Opal 7" in page
    assert guest.pseudonym not in page.replace(f'data-owner="{guest.pseudonym}"', "")
    assert "You have chosen not to appear" in page


def test_own_place_is_shown_near_its_neighbours(player, guest):
    project = ProjectFactory(slug="cells")
    for number in range(12):
        stand(GuestFactory(pseudonym=f"Stately Mica {number}"), project, points=100, rating=90 - number)
    stand(guest, project, points=5000, rating=10)
    page = player.get("/leaderboard/").content.decode()
    near = page[page.index("Near you") : page.index("Top of this week")]
    assert "Stately Mica 11" in near
    assert guest.pseudonym in near
    assert "Stately Mica 0" not in near
