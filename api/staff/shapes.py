"""The shapes of requests (In) and replies (Out)."""

import math
from typing import Any

from rest_framework import serializers

from quality.store.findings import NOTE, Outcome
from webapp.accounts.models import StaffMember
from webapp.images.pipeline import GENTLE
from webapp.projects.models import Project


class FiniteField(serializers.FloatField):
    """Null where a figure has no bound: JSON knows no infinity."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, **options)

    def to_representation(self, value: Any) -> Any:
        return super().to_representation(value) if math.isfinite(value) else None


class StaffOut(serializers.Serializer):
    username = serializers.CharField()
    role = serializers.ChoiceField(choices=StaffMember.Role.choices)


class StaffProjectOut(serializers.Serializer):
    slug = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(choices=Project.Kind.choices)
    state = serializers.ChoiceField(choices=Project.State.choices)
    redundancy = serializers.IntegerField()
    round_size = serializers.IntegerField()
    ethics_reference = serializers.CharField(allow_blank=True)
    data_licence = serializers.CharField(allow_blank=True)


class LabelShape(serializers.Serializer):
    key = serializers.CharField(required=False, help_text="Made from the name where it is missing; never changes.")
    name = serializers.CharField(max_length=80)
    colour = serializers.RegexField(r"^#[0-9a-fA-F]{6}$", required=False)
    shortcut = serializers.CharField(required=False, allow_blank=True, max_length=1)
    position = serializers.IntegerField(required=False, min_value=0, max_value=32767)


class ProjectTextsIn(serializers.Serializer):
    """What may change while a project runs."""

    title = serializers.CharField(required=False, max_length=120)
    summary = serializers.CharField(required=False, allow_blank=True, max_length=300)
    prompt = serializers.CharField(required=False, max_length=200)
    guideline = serializers.CharField(required=False, allow_blank=True)
    debrief = serializers.CharField(required=False, allow_blank=True)
    redundancy = serializers.IntegerField(required=False, min_value=1, max_value=100)
    round_size = serializers.IntegerField(required=False, min_value=1, max_value=100)
    lease_seconds = serializers.IntegerField(required=False, min_value=30, max_value=86400)
    assist = serializers.BooleanField(required=False)
    ethics_reference = serializers.CharField(required=False, allow_blank=True, max_length=200)
    data_licence = serializers.CharField(required=False, allow_blank=True, max_length=200)


class NewProjectIn(ProjectTextsIn):
    title = serializers.CharField(max_length=120)
    prompt = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=Project.Kind.choices)
    slug = serializers.SlugField(required=False, max_length=45)
    labels = LabelShape(many=True, required=False)


class ProjectStateIn(serializers.Serializer):
    open = serializers.BooleanField(help_text="True: let volunteers in; false: close, and show the debrief.")


class CommonPathShape(serializers.Serializer):
    """What is done to every picture of a project, gold and open alike, before anybody sees it."""

    max_side = serializers.IntegerField(default=GENTLE.max_side, min_value=64, max_value=4096, help_text="px")
    factor = serializers.FloatField(default=GENTLE.factor, min_value=0.25, max_value=1, help_text="Shrinks further.")
    noise = serializers.FloatField(default=GENTLE.noise, min_value=0, max_value=20, help_text="Grey levels of 255.")
    quality = serializers.IntegerField(default=GENTLE.quality, min_value=50, max_value=100, help_text="WebP's.")


class RatesOut(serializers.Serializer):
    """Shares of gold, 0-1, and the unseen tasks they follow from."""

    wanted = serializers.FloatField()
    feasible = serializers.FloatField()
    gold_waiting = serializers.IntegerField()
    open_waiting = serializers.IntegerField()


class ProgressOut(serializers.Serializer):
    """Open tasks only; gold is not counted."""

    percent = serializers.FloatField()
    tasks = serializers.DictField(child=serializers.IntegerField())
    answers_wanted = serializers.IntegerField()
    answers_counted = serializers.IntegerField()
    answers = serializers.IntegerField()
    annotators = serializers.IntegerField()
    last_answer_at = serializers.DateTimeField(allow_null=True)
    flags = serializers.IntegerField()
    agreed = serializers.DictField(child=serializers.IntegerField())
    rates = RatesOut()


class StaffProjectDetailOut(StaffProjectOut):
    summary = serializers.CharField(allow_blank=True)
    prompt = serializers.CharField()
    guideline = serializers.CharField(allow_blank=True)
    debrief = serializers.CharField(allow_blank=True)
    lease_seconds = serializers.IntegerField()
    assist = serializers.BooleanField()
    labels = LabelShape(many=True, source="labels.all")


class GoldShareIn(serializers.Serializer):
    share = serializers.FloatField(required=False, min_value=0, max_value=1)
    number = serializers.IntegerField(required=False, min_value=0, max_value=1_000_000)
    by_group = serializers.BooleanField(required=False)


class ImportIn(serializers.Serializer):
    """`options`: see `manage.py import_images --help`."""

    path = serializers.CharField(max_length=500, help_text="Full path of a folder, zip or file on the server.")
    options = serializers.DictField(required=False)
    gold = GoldShareIn(required=False)
    pack = serializers.BooleanField(required=False, help_text="True for a gold pack.")


class UploadIn(serializers.Serializer):
    """A form: the files themselves, and an order as JSON."""

    files = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True), allow_empty=False, help_text="At most 100; or one zip."
    )
    order = serializers.JSONField(
        required=False, help_text="JSON with `options`, `gold` and `pack`, as for an import from the server's disk."
    )


class OrderIn(serializers.Serializer):
    """What may be asked for along with files that are sent."""

    options = serializers.DictField(required=False)
    gold = GoldShareIn(required=False)
    pack = serializers.BooleanField(required=False)


class ImportJobOut(serializers.Serializer):
    id = serializers.IntegerField()
    state = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    report = serializers.DictField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class PolicyIn(serializers.Serializer):
    rate = serializers.FloatField(required=False)
    release_size = serializers.IntegerField(required=False)
    score_delay_seconds = serializers.IntegerField(required=False)
    spare_hands = serializers.IntegerField(required=False)
    stopping = serializers.CharField(
        required=False, help_text="fixed: every task gets its target; risk: until the expected error meets the goal."
    )
    risk_goal = serializers.FloatField(required=False, help_text="0-1")
    least_votes = serializers.IntegerField(required=False)
    proposal_share = serializers.FloatField(required=False, help_text="0-0.3 of what is dealt has a prefilled answer.")
    planted_share = serializers.FloatField(required=False, help_text="0-0.5 of these are wrong on purpose.")
    unaided_share = serializers.FloatField(required=False, help_text="0-0.5 is asked without any help.")


class PolicyOut(serializers.Serializer):
    rate = serializers.FloatField()
    release_size = serializers.IntegerField()
    score_delay_seconds = serializers.IntegerField()
    spare_hands = serializers.IntegerField()
    stopping = serializers.CharField()
    risk_goal = serializers.FloatField()
    least_votes = serializers.IntegerField()
    proposal_share = serializers.FloatField()
    planted_share = serializers.FloatField()
    unaided_share = serializers.FloatField()
    released_rate = serializers.FloatField()


class GoldOut(serializers.Serializer):
    stock = serializers.DictField()
    policy = PolicyOut()
    rates = RatesOut()


class LastingOut(serializers.Serializer):
    """How long what is `left` lasts at the pace of the last week: `days` with a 90 % interval, null for ever."""

    left = serializers.IntegerField()
    a_day = serializers.FloatField()
    days = FiniteField()
    low = FiniteField()
    high = FiniteField()


class PersonForecastOut(serializers.Serializer):
    """`gold`: known answers that this person has not seen; `open`: open tasks that they have not."""

    id = serializers.UUIDField()
    pseudonym = serializers.CharField()
    gold = LastingOut()
    open = serializers.IntegerField()
    runs_short = serializers.BooleanField(help_text="Without unseen gold within days while there is work left.")


class GoldForecastOut(serializers.Serializer):
    """`gold`, `open`: answers that the project's tasks still want. `wanted`, `feasible`: share of gold, 0-1."""

    gold = LastingOut()
    open = LastingOut()
    wanted = serializers.FloatField()
    feasible = serializers.FloatField()
    people = PersonForecastOut(many=True, help_text="Who played in the last week, who runs out first in front.")
    alarms = serializers.ListField(child=serializers.CharField(), help_text="A sentence each.")


class PackOut(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    manifest = serializers.DictField()
    gates = serializers.DictField()
    imported_by = serializers.CharField(allow_blank=True)
    imported_at = serializers.DateTimeField()
    approved_by = serializers.CharField(allow_blank=True)
    approved_at = serializers.DateTimeField(allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField())


class TasksIn(serializers.Serializer):
    tasks = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=5000)


class GoldDecisionIn(TasksIn):
    action = serializers.ChoiceField(choices=["approve", "reject", "quarantine", "restore", "use"])


class PackDecisionIn(serializers.Serializer):
    action = serializers.ChoiceField(choices=["approve", "reject"])


class CountOut(serializers.Serializer):
    changed = serializers.IntegerField()


class TaskRowOut(serializers.Serializer):
    """`gold`: state of the known answer, "" where there is none. `answer`: the consensus."""

    id = serializers.UUIDField()
    file = serializers.CharField(help_text="At /pictures/<file>.")
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    name = serializers.CharField(allow_blank=True)
    group = serializers.CharField(allow_blank=True)
    label = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # the stubs take it for Field's own label
    state = serializers.CharField()
    counted = serializers.IntegerField()
    target = serializers.IntegerField()
    gold = serializers.CharField(allow_blank=True)
    origin = serializers.CharField(allow_blank=True)
    answer = serializers.DictField(allow_null=True)
    source = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # the stubs take it for Field's own source
    uncertainty = serializers.FloatField(allow_null=True)


class GoldItemOut(serializers.Serializer):
    task = TaskRowOut(source="row")
    pack_id = serializers.IntegerField(allow_null=True)
    truth = serializers.DictField()
    known_region = serializers.DictField(allow_null=True)
    probability = serializers.FloatField()
    n_graded = serializers.IntegerField()
    mean_score = serializers.FloatField(allow_null=True)


class TaskPageOut(serializers.Serializer):
    total = serializers.IntegerField()
    tasks = TaskRowOut(many=True)


class VoteOut(serializers.Serializer):
    annotation_id = serializers.UUIDField()
    annotator_id = serializers.UUIDField(allow_null=True)
    pseudonym = serializers.CharField(allow_blank=True)
    answer = serializers.DictField()
    weight = serializers.FloatField(allow_null=True)
    counted = serializers.BooleanField()
    reliability = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    gold_score = serializers.FloatField(allow_null=True)
    assisted = serializers.BooleanField()
    seconds = serializers.FloatField(allow_null=True)
    submitted_at = serializers.DateTimeField()


class ConsensusOut(serializers.Serializer):
    answer = serializers.DictField()
    source = serializers.CharField()  # type: ignore[assignment]  # the stubs take it for Field's own source
    probabilities = serializers.DictField()
    uncertainty = serializers.FloatField()
    method = serializers.CharField()
    version = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


class FlagOut(serializers.Serializer):
    comment = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)


class DecisionOut(serializers.Serializer):
    action = serializers.CharField()
    by = serializers.CharField(allow_blank=True)
    answer = serializers.DictField(allow_null=True)
    comment = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class TaskDetailOut(serializers.Serializer):
    task = TaskRowOut(source="row")
    markers = serializers.CharField(allow_blank=True)
    provenance = serializers.DictField()
    votes = VoteOut(many=True)
    consensus = ConsensusOut(allow_null=True)
    truth = serializers.DictField(allow_null=True)
    known_region = serializers.DictField(allow_null=True)
    flags = FlagOut(many=True)
    reviews = DecisionOut(many=True)


class ReviewIn(serializers.Serializer):
    action = serializers.ChoiceField(choices=["accept", "revise", "close", "retire", "reopen"])
    answer = serializers.DictField(required=False, help_text="With `revise`: an answer as volunteers give it.")
    comment = serializers.CharField(required=False, allow_blank=True, max_length=500)
    as_expert = serializers.BooleanField(required=False)


class TextIn(TasksIn):
    clear = serializers.BooleanField(help_text="True: there is no text; false: refuse the pictures for good.")


class FlaggedOut(serializers.Serializer):
    task = TaskRowOut(source="row")
    flags = serializers.IntegerField()
    comments = serializers.ListField(child=serializers.CharField())
    last_at = serializers.DateTimeField()


class QuantityOut(serializers.Serializer):
    """A posterior mean with its 90 % interval; `n`: how much evidence is behind it."""

    mean = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    n = serializers.FloatField()


class SuspicionOut(serializers.Serializer):
    """A hint, never a verdict. `probability`: of being nearer to guessing than to the others, 0-1; `bound`: the score
    half-way between the two. `reasons`: why somebody should look; none for nearly everybody."""

    probability = serializers.FloatField()
    bound = serializers.FloatField()
    reasons = serializers.ListField(child=serializers.CharField())


class CrowdMemberOut(serializers.Serializer):
    """Known by a pseudonym alone. `mean`, `low`, `high`: reliability, 0-1, with its 90 % interval."""

    id = serializers.UUIDField()
    pseudonym = serializers.CharField()
    answers = serializers.IntegerField()
    abstentions = serializers.IntegerField()
    seconds = serializers.FloatField(allow_null=True)
    last_answer_at = serializers.DateTimeField(allow_null=True)
    n_gold = serializers.IntegerField()
    mean = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    method = serializers.CharField(allow_blank=True)
    suspicion = SuspicionOut(allow_null=True)
    carry_over = QuantityOut(allow_null=True, help_text="Score on synthetic gold minus on expert-labelled pictures.")
    gold_low = serializers.FloatField(allow_null=True, help_text="The lower end by gold alone.")
    gold_place = serializers.IntegerField(allow_null=True, help_text="By `gold_low`.")
    board_place = serializers.IntegerField(allow_null=True, help_text="By the rating that volunteers see.")


class ConfusionCellOut(QuantityOut):
    """How often this person says `said` where `truth` is true."""

    truth = serializers.CharField()
    said = serializers.CharField()


class PointOut(serializers.Serializer):
    """Mean score of the last 20 known answers up to the `n`th, with its 90 % interval."""

    n = serializers.IntegerField()
    mean = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class HabitsOut(serializers.Serializer):
    """Seconds are medians; `unedited`: proposals sent back as they were; `corrected`: planted errors put right."""

    answers = serializers.IntegerField()
    seconds = QuantityOut(allow_null=True)
    seconds_proposed = QuantityOut(allow_null=True)
    seconds_alone = QuantityOut(allow_null=True)
    unedited = QuantityOut(allow_null=True)
    corrected = QuantityOut(allow_null=True)


class ProfileOut(serializers.Serializer):
    """How somebody answers. `quantities`: of boxes and outlines; `strata`: the score by part of the gold."""

    person = CrowdMemberOut()
    quantities = serializers.DictField(child=QuantityOut())
    confusion = ConfusionCellOut(many=True)
    strata = serializers.DictField(child=QuantityOut())
    curve = PointOut(many=True)
    changes = serializers.IntegerField(help_text="How often they changed for the worse.")
    unrest = serializers.FloatField(help_text="How near the watch for such a change is to its alarm, 0-1.")
    peers = QuantityOut(allow_null=True, help_text="Likeness to others' answers to the same open tasks.")
    gold_seen = serializers.IntegerField()
    gold_left = serializers.IntegerField()
    habits = HabitsOut()


class ArmOut(serializers.Serializer):
    """How people did in one arm: plain, unaided, proposed or planted. `seconds`: median."""

    arm = serializers.CharField()
    answers = serializers.IntegerField()
    seconds = QuantityOut(allow_null=True)
    score = QuantityOut(allow_null=True)


class InfluenceOut(serializers.Serializer):
    """What a vote does to its task's label. `share` of all weight; `change`: how much of the label goes without it;
    `carries`: without it there would be another."""

    annotation_id = serializers.UUIDField()
    share = serializers.FloatField()
    change = serializers.FloatField()
    carries = serializers.BooleanField()


class FiguresOut(serializers.Serializer):
    """`content`: empty before a worker was there; `is_under_way`: it was asked for newer figures, so ask again."""

    made_at = serializers.DateTimeField(allow_null=True)
    answers = serializers.IntegerField(help_text="On how many answers they rest.")
    is_under_way = serializers.BooleanField()
    content = serializers.DictField()


class FindingPersonOut(serializers.Serializer):
    id = serializers.UUIDField()
    pseudonym = serializers.CharField()


class FindingReviewOut(serializers.Serializer):
    outcome = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    by = serializers.CharField(allow_blank=True)
    p = serializers.FloatField(help_text="As it then was.")
    created_at = serializers.DateTimeField()


class FindingOut(serializers.Serializer):
    """Evidence, never a verdict. `p`: chance of anybody honest in the project being listed for such a thing."""

    kind = serializers.CharField()
    people = FindingPersonOut(many=True)
    sentence = serializers.CharField()
    p = serializers.FloatField()
    is_waiting = serializers.BooleanField(help_text="Nobody looked at it, or its evidence has doubled since.")
    is_current = serializers.BooleanField(help_text="It was found when last looked for.")
    reviews = FindingReviewOut(many=True, help_text="The newest first.")


class FairPlayOut(serializers.Serializer):
    made_at = serializers.DateTimeField(allow_null=True)
    answers = serializers.IntegerField()
    people = serializers.IntegerField()
    is_under_way = serializers.BooleanField()
    findings = FindingOut(many=True, help_text="Those that wait first.")


class FindingReviewIn(serializers.Serializer):
    """Kept with who and when; nothing follows from it for the people."""

    kind = serializers.CharField(max_length=12)
    people = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=2)
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    note = serializers.CharField(required=False, allow_blank=True, max_length=NOTE)


class AuditOut(serializers.Serializer):
    """`report`: what each attacker reached on each channel, as `manage.py audit_leaks` wrote it."""

    id = serializers.IntegerField()
    verdict = serializers.CharField()
    made_at = serializers.DateTimeField()
    report = serializers.DictField()


class ExportIn(serializers.Serializer):
    format = serializers.CharField(max_length=16)
    include_gold = serializers.BooleanField(required=False)
    repairs = serializers.ListField(
        child=serializers.CharField(max_length=16), required=False, help_text="Of volumes: fill, largest, smooth."
    )


class ExportJobOut(serializers.Serializer):
    id = serializers.IntegerField()
    format = serializers.CharField()
    state = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    error = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class PersonOut(StaffOut):
    is_active = serializers.BooleanField()


class NewPersonIn(serializers.Serializer):
    username = serializers.CharField(max_length=64)
    password = serializers.CharField(max_length=128)
    role = serializers.ChoiceField(choices=StaffMember.Role.choices)


class PersonIn(serializers.Serializer):
    role = serializers.ChoiceField(choices=StaffMember.Role.choices, required=False)
    is_active = serializers.BooleanField(required=False)
    projects = serializers.ListField(child=serializers.SlugField(), required=False, help_text="Slugs; replaces all.")
