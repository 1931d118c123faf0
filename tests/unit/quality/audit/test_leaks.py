"""Every channel finds the leak that is planted for it, and none cries where there is nothing to find."""

import functools
from dataclasses import replace

import numpy as np
import pytest

from quality.audit.leaks.area import auc_of
from quality.audit.leaks.channels import CHANNELS, networks
from quality.audit.leaks.verdict import Verdict, judge
from tests.unit.quality.audit import honest
from tests.unit.quality.audit.honest import planted, with_reply


@functools.cache
def site():
    return honest.site()


@functools.cache
def large_site():
    return honest.site(tasks=1000, people=10, rounds=24, drawn=False)


def found(channel, evidence):
    return judge(CHANNELS[channel].attacks(evidence))


def worst(channel, evidence):
    """The attack that sees most."""
    findings = [finding for finding in found(channel, evidence) if finding.attack.area]
    return max(findings, key=lambda finding: finding.attack.area.auc)


# Rich figures and networks take long; they have tests of their own below.
QUICK = [name for name in CHANNELS if name not in ("boosting", "networks")]


@pytest.mark.parametrize("channel", QUICK)
def test_where_nothing_leaks_nothing_fails(channel):
    findings = found(channel, site())

    assert findings
    assert {finding.verdict for finding in findings} <= {Verdict.PASSED, Verdict.NOT_CERTIFIABLE}


@pytest.mark.parametrize("channel", ["responses", "timing", "order", "assist"])
def test_enough_questions_without_a_leak_are_certified(channel):
    assert {finding.verdict for finding in found(channel, large_site())} == {Verdict.PASSED}


def id_of_gold(deal, rng):
    return replace(deal, assignment="0" + deal.assignment[1:])


def longer_reply(deal, rng):
    return with_reply(deal, "next", size=413)


def odd_header(deal, rng):
    extra = {"x-cache": "miss"} if rng.random() < 0.4 else {}
    return with_reply(deal, "answer", headers={**honest.headers(), **extra})


def extra_key(deal, rng):
    body = deal.replies["next"].body
    return with_reply(deal, "next", body={**body, "expected": None})


def slow_question(deal, rng):
    return with_reply(deal, "next", seconds=deal.replies["next"].seconds * 1.25)


def slow_answer(deal, rng):
    return with_reply(deal, "answer", seconds=deal.replies["answer"].seconds + 0.008)


def warm_picture(deal, rng):
    return with_reply(deal, "picture", seconds=deal.replies["picture"].seconds * 0.7)


def at_the_front(deal, rng):
    position = int(rng.integers(1, 6)) if rng.random() < 0.6 else deal.position
    return replace(deal, position=position)


def late_in_history(deal, rng):
    return replace(deal, number=deal.number // 2) if rng.random() < 0.5 else deal


def told_in_the_record(deal, rng):
    return replace(deal, record={**deal.record, "answers.counted": False})


def assist_knows(deal, rng):
    return replace(deal, assist=tuple(replace(reply, seconds=reply.seconds * 0.7) for reply in deal.assist))


def assist_draws_larger(deal, rng):
    return replace(deal, assist=tuple(replace(r, area=r.area + int(rng.integers(2))) for r in deal.assist))


@pytest.mark.parametrize(
    ("channel", "leak"),
    [
        ("ids", id_of_gold),
        ("responses", longer_reply),
        ("responses", odd_header),
        ("responses", extra_key),
        ("timing", slow_question),
        ("timing", slow_answer),
        ("timing", warm_picture),
        ("order", at_the_front),
        ("order", late_in_history),
        ("records", told_in_the_record),
        ("assist", assist_knows),
        ("assist", assist_draws_larger),
    ],
)
def test_a_planted_leak_is_found(channel, leak):
    finding = worst(channel, planted(site(), leak))

    assert finding.verdict == Verdict.FAILED, finding.attack.area


def renamed(evidence, names):
    """The evidence with other picture names: `names` old -> new."""
    return replace(
        evidence,
        seen=[replace(deal, file=names[deal.file]) for deal in evidence.seen],
        pictures={names[file]: data for file, data in evidence.pictures.items()},
        truth=replace(
            evidence.truth,
            gold={(names[file], label): side for (file, label), side in evidence.truth.gold.items()},
            source={names[file]: group for file, group in evidence.truth.source.items()},
        ),
    )


def test_names_in_the_order_of_import_are_found():
    evidence = site()
    gold_last = sorted(evidence.truth.gold, key=lambda task: evidence.truth.gold[task])
    names = {file: f"{number:032x}.webp" for number, (file, _) in enumerate(gold_last)}

    finding = worst("ids", renamed(evidence, names))

    assert finding.verdict == Verdict.FAILED
    assert "picture" in finding.attack.strongest[0][0]


def test_gold_in_pairs_is_found():
    evidence = site()
    gold = sorted((d for d in evidence.seen if evidence.truth.gold[d.task]), key=lambda d: (d.person, d.number))
    open_ = sorted((d for d in evidence.seen if not evidence.truth.gold[d.task]), key=lambda d: (d.person, d.number))
    paired = []
    for person in range(4):
        queues = {True: [d for d in gold if d.person == person], False: [d for d in open_ if d.person == person]}
        number, side = 0, True
        while queues[True] or queues[False]:
            side = side if queues[side] else not side
            for _ in range(min(2, len(queues[side]))):
                paired.append(replace(queues[side].pop(0), number=number))
                number += 1
            side = not side

    assert worst("order", replace(evidence, seen=paired)).verdict == Verdict.FAILED


def test_gold_that_more_attackers_meet_is_found():
    evidence = honest.site(people=6, rounds=20, seed=3)
    shown = [deal for deal in evidence.seen if evidence.truth.gold[deal.task] or deal.person < 4]

    assert worst("exposure", replace(evidence, seen=shown)).verdict == Verdict.FAILED


def test_gold_that_arrives_first_is_found():
    late = [deal if site().truth.gold[deal.task] else replace(deal, at=deal.at + 200) for deal in site().seen]

    assert worst("arrival", replace(site(), seen=late)).verdict == Verdict.FAILED


@functools.cache
def with_pictures(kind):
    """The site with gold pictures that differ: less noise, or without anything like them."""
    evidence, rng = site(), np.random.default_rng(5)
    pictures = dict(evidence.pictures)
    shades = {source: rng.normal(0, 12) for source in sorted(set(evidence.truth.source.values()))}
    for (file, _), is_gold in evidence.truth.gold.items():
        if is_gold:
            shade = shades[evidence.truth.source[file]]
            pictures[file] = honest.picture(rng, **({"noise": 5.0} if kind == "noise" else {"shade": 5 * shade}))
    return replace(evidence, pictures=pictures)


@pytest.mark.parametrize("channel", ["files", "features"])
def test_gold_with_a_sixth_less_noise_is_found(channel):
    finding = worst(channel, with_pictures("noise"))

    assert finding.attack.area.auc > 0.75
    assert finding.verdict == Verdict.FAILED


def test_boosting_finds_grain_that_hangs_together_and_nothing_where_there_is_nothing():
    evidence, rng = honest.site(tasks=140, people=2, rounds=14), np.random.default_rng(6)
    assert {finding.verdict for finding in found("boosting", evidence)} == {Verdict.NOT_CERTIFIABLE}

    smooth = {f: honest.picture(rng, grain=0.6) for (f, _), side in evidence.truth.gold.items() if side}
    finding = worst("boosting", replace(evidence, pictures={**evidence.pictures, **smooth}))

    assert finding.verdict == Verdict.FAILED


def test_gold_without_siblings_is_found():
    assert worst("siblings", with_pictures("shade")).verdict == Verdict.FAILED


@pytest.mark.parametrize(("spread", "low", "high"), [(0.8, 0.85, 1.0), (1.0, 0.25, 0.75)])
def test_a_network_sees_grain_and_nothing_where_there_is_nothing(spread, low, high):
    rng = np.random.default_rng(0)
    gold = np.arange(120) % 2 == 0
    crops = rng.standard_normal((120, 1, 3, 12, 12)).astype(np.float32) * np.where(gold, spread, 1.0)[
        :, None, None, None, None
    ].astype(np.float32)

    scores = networks.network(crops[:60], gold[:60], crops[60:], seed=0)

    assert low <= auc_of(scores, gold[60:]) <= high


def test_networks_are_tried_on_grain_and_on_the_coarse_picture(monkeypatch):
    monkeypatch.setattr(networks, "EPOCHS", 1)

    findings = found("networks", honest.site(tasks=40, people=2, rounds=4))

    assert [finding.attack.name for finding in findings] == ["high-pass", "low-pass"]
    assert {finding.verdict for finding in findings} == {Verdict.NOT_CERTIFIABLE}


def scoring(evidence, worth):
    """Rounds scored as `worth(is_gold, strategy)` says, in steps of five."""
    gold = evidence.truth.gold
    rounds = []
    for entry in evidence.rounds:
        score = 10 * sum(worth(gold[task], strategy) for task, strategy in entry.answers)
        rounds.append(replace(entry, changes={"score": 5.0 * round(score / 5), "points": 5.0 * round(score**2 / 500)}))
    return replace(evidence, rounds=rounds)


def test_an_oracle_is_found():
    evidence = honest.site(tasks=700, share=0.2, people=5, rounds=42, seed=1)
    telling = scoring(evidence, lambda is_gold, strategy: 0.0 if is_gold else 0.7)

    findings = found("oracle", telling)

    assert Verdict.FAILED in {finding.verdict for finding in findings}
    assert findings[0].attack.details["rounds_to_limit"] <= 100


def test_scores_that_pay_gold_like_open_are_no_oracle():
    evidence = honest.site(tasks=700, share=0.5, people=5, rounds=42, seed=1)
    rng = np.random.default_rng(4)

    findings = found("oracle", scoring(evidence, lambda is_gold, strategy: float(rng.random() < 0.3)))

    assert {finding.attack.details["rounds_to_limit"] for finding in findings} == {None}
    assert {finding.verdict for finding in findings} == {Verdict.PASSED}


def test_few_rounds_are_no_certificate_of_the_scores():
    findings = found("oracle", site())

    assert {finding.verdict for finding in findings} == {Verdict.NOT_CERTIFIABLE}
    assert findings[0].why == "too few rounds: 64 were played, 200 are needed"


def test_people_who_linger_on_gold_are_found():
    evidence = site()
    behaviour = [
        replace(row, figures={**row.figures, "log seconds": row.figures["log seconds"] + 0.3})
        if evidence.truth.gold[row.task]
        else row
        for row in evidence.behaviour
    ]

    assert worst("behaviour", replace(evidence, behaviour=behaviour)).verdict == Verdict.FAILED


def test_harder_tasks_take_longer_and_that_alone_is_no_leak():
    """Gold is harder here, and time follows how hard a task is: matched by difficulty, nothing is left to see."""
    evidence, rng = site(), np.random.default_rng(8)
    hard = {task: rng.random() < (0.7 if is_gold else 0.3) for task, is_gold in evidence.truth.gold.items()}
    behaviour = [
        replace(
            row,
            figures={"log seconds": row.figures["log seconds"] + 0.8 * hard[row.task]},
            answer={"kind": "class", "label": str(rng.choice(honest.LABELS)) if hard[row.task] else "bud"},
        )
        for row in evidence.behaviour
        for _ in range(3)
    ]
    matched = worst("behaviour", replace(evidence, behaviour=behaviour)).attack.area.auc
    unmatched = worst(
        "behaviour", replace(evidence, behaviour=[replace(row, answer=None) for row in behaviour])
    ).attack.area.auc

    assert unmatched > 0.6
    assert matched < unmatched - 0.05


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        ({"tasks": 120, "sources": 40, "rounds": 8}, "too few pictures"),
        ({"tasks": 640, "sources": 6}, "too few sources: 6, 25 are needed"),
    ],
)
def test_few_pictures_or_sources_are_not_certifiable(evidence, reason):
    findings = found("features", honest.site(**evidence))

    assert {finding.verdict for finding in findings} == {Verdict.NOT_CERTIFIABLE}
    assert reason in findings[0].why


def test_a_plain_leak_fails_on_few_pictures_too():
    evidence = honest.site(tasks=160, sources=10, rounds=16, people=2)
    rng = np.random.default_rng(0)
    flat = {f: honest.picture(rng, noise=1.0) for (f, _), side in evidence.truth.gold.items() if side}

    finding = worst("features", replace(evidence, pictures={**evidence.pictures, **flat}))

    assert finding.verdict == Verdict.FAILED
