"""Virtual volunteers: who they are, how they err, what is said of them."""

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from quality.audit.crowd.answers import Question, class_or_boxes, outline, prompt_box
from quality.audit.crowd.kinds import DEFAULT_MIX, KINDS, cast, parse_mix
from quality.audit.crowd.player import Played, SimulationError
from quality.audit.crowd.report import as_table, by_kind
from quality.audit.crowd.run import Crowd, simulate
from quality.domain.answers import mask_answer
from quality.domain.reliability import Reliability
from quality.domain.rubrics import RUBRICS
from webapp.annotations.answers import Question as Asked
from webapp.annotations.answers import clean_answer

SIZE = (90, 120)
LABELS = ["bud", "leaf", "root"]
ROWS, COLUMNS = np.mgrid[: SIZE[0], : SIZE[1]]
TRUTHS = {
    "class": {"kind": "class", "label": "leaf"},
    "box": {"kind": "box", "boxes": [[10, 10, 40, 35, "bud"], [60, 50, 85, 80, "root"]]},
    "mask": mask_answer((ROWS - 45) ** 2 + (COLUMNS - 60) ** 2 < 22**2),
}


def answers_of(name, question, n=60):
    """`n` answers of people of a kind to the same question."""
    kind, results = KINDS[name], []
    for seed in range(n):
        rng = np.random.default_rng(seed)
        if question == "mask":
            mask = outline(kind, Question("mask", LABELS[:1], SIZE), TRUTHS["mask"], rng)
            results.append({"kind": "nothing"} if mask is None else mask_answer(mask))
        else:
            results.append(class_or_boxes(kind, Question(question, LABELS, SIZE), TRUTHS[question], rng, favourite=0))
    return results


def mean_score(name, question):
    results = [RUBRICS[question](answer, TRUTHS[question], size=SIZE).score for answer in answers_of(name, question)]
    return np.mean([score for score in results if score is not None])


def test_a_crowd_has_the_shares_of_its_mix():
    people = cast(12, DEFAULT_MIX)

    assert Counter(kind.name for kind in people) == DEFAULT_MIX
    assert Counter(kind.name for kind in cast(3, {"good": 1, "spammer": 1})) in (
        {"good": 2, "spammer": 1},
        {"good": 1, "spammer": 2},
    )


@pytest.mark.parametrize("text", ["good", "good=x", "angels=3", "good=0", ""])
def test_a_mix_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="mix"):
        parse_mix(text)


@pytest.mark.parametrize("question", TRUTHS)
@pytest.mark.parametrize("name", KINDS)
def test_every_answer_is_one_the_site_takes(name, question):
    for answer in answers_of(name, question):
        clean_answer(answer, Asked(question, LABELS, SIZE[1], SIZE[0]))


@pytest.mark.parametrize("question", TRUTHS)
def test_good_people_score_best_and_spammers_worst(question):
    scores = {name: mean_score(name, question) for name in KINDS}

    assert scores["good"] > 0.8
    assert max(scores, key=scores.get) == "good"
    assert min(scores, key=scores.get) == "spammer"
    assert scores["spammer"] < 0.45


def test_biased_people_err_to_one_side():
    said = Counter(answer["label"] for answer in answers_of("biased", "class"))

    assert set(said) == {"leaf", "bud"}
    assert 12 <= said["bud"] <= 30  # 35 % of 60


def test_the_same_seed_is_the_same_person():
    assert answers_of("sloppy", "mask", n=3) == answers_of("sloppy", "mask", n=3)


def test_a_prompt_box_lies_around_the_object_inside_the_picture():
    mask = np.zeros(SIZE, dtype=bool)
    mask[0:20, 0:30] = True

    for seed in range(20):
        x1, y1, x2, y2 = prompt_box(KINDS["rubber-stamper"], mask, np.random.default_rng(seed))
        assert 0 <= x1 < x2 <= SIZE[1]
        assert 0 <= y1 < y2 <= SIZE[0]
        assert abs(x2 - 30) < 12


def test_the_report_holds_what_people_were_against_what_is_thought_of_them():
    played = [
        Played("good", "Ann", answers=10, scores=[1.0] * 9 + [0.0], rounds={"a": 90}),
        Played("good", "Bob", answers=5, scores=[1.0, 0.0], rounds={"b": None}),
        Played("spammer", "Eve", answers=10, scores=[0.0] * 10, rounds={"c": 15}),
    ]
    known = {"Ann": Reliability(0.8, 0.6, 0.95, 4), "Bob": Reliability(0.9, 0.7, 0.99, 2)}

    good, spammer = by_kind(played, known)

    assert (good.people, good.answers, good.rounds, good.round_score, good.n_gold) == (2, 15, 2, 90.0, 6)
    assert (good.true_score, good.reliability, good.inside) == (pytest.approx(10 / 12, abs=1e-4), 0.85, 0.5)
    assert (spammer.reliability, spammer.inside, spammer.true_score) == (None, None, 0.0)
    assert as_table([good, spammer]).splitlines()[2].split() == [
        "spammer",
        "1",
        "10",
        "0",
        "0",
        "0",
        "1",
        "15",
        "0.00",
        "-",
        "-",
        "0",
    ]


class Limiting(BaseHTTPRequestHandler):
    """A site that has had enough."""

    def do_POST(self):
        self.send_response(429)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_site_that_limits_requests_ends_the_simulation_with_a_sentence():
    with ThreadingHTTPServer(("127.0.0.1", 0), Limiting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        crowd = Crowd(people=cast(3, {"good": 1}), rounds=1, seconds=20, seed=0)
        with pytest.raises(SimulationError, match="start the site with GOLDVEIN_THROTTLE=off"):
            simulate(crowd, url=f"http://127.0.0.1:{server.server_port}", slug="cells", truths={})
        server.shutdown()


def test_a_site_that_is_not_there_ends_the_simulation_with_a_sentence():
    crowd = Crowd(people=cast(2, {"good": 1}), rounds=1, seconds=20, seed=0)

    with pytest.raises(SimulationError, match=r"The site at http://127.0.0.1:9 does not answer"):
        simulate(crowd, url="http://127.0.0.1:9/", slug="cells", truths={})
