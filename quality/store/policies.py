"""A project's policy: how much gold, and when a task has answers enough."""

from typing import Any

from django.db import transaction
from django.db.models import F

from quality.domain.injection import HIGHEST_MIXTURE
from quality.domain.proposals import HIGHEST_SHARE
from quality.domain.stopping import StoppingRule, rule_of
from quality.store.models import GoldPolicy, TaskState
from webapp.accounts.models import StaffMember
from webapp.projects.models import Project

# name -> (lowest, highest)
RANGES: dict[str, tuple[float, float]] = {
    "rate": (0.0, HIGHEST_MIXTURE),
    "release_size": (20, 5000),
    "score_delay_seconds": (5, 30),
    "spare_hands": (0, 60),
    "risk_goal": (0.001, 0.5),
    "least_votes": (1, 20),
    "proposal_share": (0.0, HIGHEST_SHARE),
    "planted_share": (0.0, 0.5),
    "unaided_share": (0.0, 0.5),
}
STOPPING = "stopping"


class PolicyError(ValueError):
    """A policy that cannot be; the message is one sentence."""


def policy_of(project: Project) -> GoldPolicy:
    return GoldPolicy.objects.get_or_create(project=project)[0]


def stopping_rule(policy: GoldPolicy) -> StoppingRule:
    return rule_of(policy.stopping, goal=policy.risk_goal, least=policy.least_votes)


@transaction.atomic
def set_policy(*, by: StaffMember | None, project: Project, **values: Any) -> None:
    """Change any of rate (0-0.35), release_size, score_delay_seconds (5-30), spare_hands, and of when a task has
    answers enough: stopping ("fixed": the project's redundancy; "risk": from least_votes answers on, as soon as
    the crowd's expected error is at most risk_goal, 0-1); and of how it is asked: proposal_share (0-0.3 of what is
    dealt comes with a prefilled answer), planted_share (0-0.5 of those are wrong on purpose), unaided_share (0-0.5
    is asked without any help).

    What concerns gold holds from the next release on, proposals for what is dealt next; the stopping rule at once, for
    gold and open tasks alike. What was dealt stays as it is.
    """
    for name, value in values.items():
        _check(name, value)
    policy = policy_of(project)
    before = stopping_rule(policy)
    GoldPolicy.objects.filter(pk=policy.pk).update(**values)
    after = GoldPolicy.objects.get(pk=policy.pk)
    if after.proposal_share and not policy.proposal_share:  # drafts of what was answered so far
        going_on = TaskState.objects.filter(project=project, state=TaskState.State.OPEN, counted__gt=0)
        going_on.update(stale=F("stale") + 1)
    rule = stopping_rule(after)
    if rule != before:
        # With answers: asked again when they are fused. Without: as a release would have it.
        states = TaskState.objects.filter(project=project, by_rule=True)
        states.filter(counted__gt=0).update(stale=F("stale") + 1)
        fresh = states.filter(state=TaskState.State.OPEN, counted=0)
        for target in fresh.order_by().values_list("target", flat=True).distinct():
            fresh.filter(target=target).update(wanted=at_first(rule, target))


def at_first(rule: StoppingRule, target: int) -> int | None:
    """`TaskState.wanted` of a task without answers."""
    wanted = rule.wanted(counted=0, target=target, risk=None)
    return None if wanted == target else wanted


def _check(name: str, value: Any) -> None:
    if name == STOPPING:
        if value not in GoldPolicy.Stopping.values:
            raise PolicyError(f"stopping is one of {', '.join(GoldPolicy.Stopping.values)}; it is {value!r}.")
        return
    if name not in RANGES:
        raise PolicyError(f"A gold policy has {', '.join([*RANGES, STOPPING])}; there is no {name!r}.")
    lowest, highest = RANGES[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not lowest <= value <= highest:
        raise PolicyError(f"{name} lies between {lowest:g} and {highest:g}; it is {value!r}.")
