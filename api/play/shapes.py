"""The shapes of requests (In) and replies (Out).

Views render plain dictionaries of the Out shapes, which is quicker; a test holds them to what the schema says.
"""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from webapp.projects.models import Project

MAX_CLIENT_MS = 24 * 3600 * 1000


@extend_schema_field(OpenApiTypes.OBJECT)
class Object(serializers.Field):
    """Any JSON object, taken as it is."""

    default_error_messages = {"object": "This must be a JSON object, not {kind}."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("object", kind=type(data).__name__)
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class ClassAnswer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=["class"])
    label = serializers.CharField(help_text="Key of a label.")  # type: ignore[assignment]  # a field, not its caption


class BoxAnswer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=["box"])
    boxes = serializers.ListField(
        child=serializers.ListField(child=serializers.JSONField(), min_length=5, max_length=5),
        min_length=1,
        help_text="[x1, y1, x2, y2, label key]: edges in pixels of the picture, origin top left, x2 and y2 outside.",
    )


class RLE(serializers.Serializer):
    size = serializers.ListField(
        child=serializers.IntegerField(), min_length=2, max_length=2, help_text="[height, width]"
    )
    counts = serializers.CharField(help_text="COCO's compressed run lengths, column by column.")


class MaskAnswer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=["mask"])
    rle = RLE()


class NothingAnswer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=["nothing"])


class CannotTellAnswer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=["cannot_tell"])


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="Answer",
        serializers={
            "class": ClassAnswer,
            "box": BoxAnswer,
            "mask": MaskAnswer,
            "nothing": NothingAnswer,
            "cannot_tell": CannotTellAnswer,
        },
        resource_type_field_name="kind",
    )
)
class Answer(Object):
    """Checked by `webapp.annotations.answers`, against the picture and the project."""


class JoinIn(serializers.Serializer):
    consent = serializers.BooleanField(help_text="Must be true: the person read the consent text and agreed.")
    consent_version = serializers.CharField(
        max_length=32, required=False, help_text="Of the text read; default today's."
    )


class AnnotatorOut(serializers.Serializer):
    pseudonym = serializers.CharField()
    is_guest = serializers.BooleanField()
    on_boards = serializers.BooleanField()


class JoinOut(serializers.Serializer):
    token = serializers.CharField(help_text="For the header `Authorization: Token ...`; it is shown this once.")
    annotator = AnnotatorOut()


class LabelOut(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    colour = serializers.CharField()
    shortcut = serializers.CharField(allow_blank=True)


class ProjectOut(serializers.Serializer):
    slug = serializers.CharField()
    title = serializers.CharField()
    summary = serializers.CharField(allow_blank=True)
    kind = serializers.ChoiceField(choices=Project.Kind.choices)
    prompt = serializers.CharField()
    labels = LabelOut(many=True)
    round_size = serializers.IntegerField()
    assist = serializers.BooleanField()
    percent_done = serializers.IntegerField(help_text="Coarse, written once a day.")


class ExemplarOut(serializers.Serializer):
    url = serializers.CharField()
    caption = serializers.CharField()
    is_positive = serializers.BooleanField()
    label = serializers.CharField(allow_null=True, help_text="Key.")  # type: ignore[assignment]  # likewise


class ProjectDetailOut(ProjectOut):
    guideline = serializers.CharField(allow_blank=True, help_text="Markdown.")
    exemplars = ExemplarOut(many=True)


class PictureOut(serializers.Serializer):
    url = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    markers = serializers.CharField(allow_blank=True, help_text="Letters at the left, top, right and bottom edge.")


class QuestionOut(serializers.Serializer):
    kind = serializers.ChoiceField(choices=Project.Kind.choices)
    prompt = serializers.CharField()
    labels = LabelOut(many=True, help_text="The one asked for in mask projects, the whole set otherwise.")


class RoundPlaceOut(serializers.Serializer):
    id = serializers.UUIDField()
    position = serializers.IntegerField(help_text="From 1.")
    size = serializers.IntegerField()


class AssignmentOut(serializers.Serializer):
    """`proposal`: an answer filled in to begin with, in some projects; some are wrong on purpose."""

    id = serializers.UUIDField()
    image = PictureOut()
    question = QuestionOut()
    round = RoundPlaceOut()
    assist = serializers.BooleanField(help_text="Whether the assist may be asked about this picture.")
    proposal = Answer(required=False)


class NextOut(serializers.Serializer):
    assignment = AssignmentOut()
    prefetch = serializers.ListField(child=serializers.CharField(), help_text="Pictures that come next.")


class AnnotationIn(serializers.Serializer):
    answer = Answer()
    trace = Object(required=False, default=dict, help_text="How the answer came about, as the page saw it.")
    client_ms = serializers.IntegerField(
        min_value=0, max_value=MAX_CLIENT_MS, required=False, allow_null=True, default=None, help_text="Time on task."
    )


class AnnotationOut(serializers.Serializer):
    assignment = serializers.UUIDField()
    round = serializers.UUIDField(allow_null=True)


class PracticeItemOut(serializers.Serializer):
    id = serializers.UUIDField()
    image = PictureOut()
    question = QuestionOut()


class PracticeOut(serializers.Serializer):
    items = PracticeItemOut(many=True)


class PracticeIn(serializers.Serializer):
    answer = Answer()


class VerdictOut(serializers.Serializer):
    score = serializers.IntegerField(allow_null=True, help_text="How close the answer comes, 0-100; null: can't tell.")
    truth = Answer()
    explanation = serializers.CharField()


class FlagIn(serializers.Serializer):
    comment = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class RoundOut(serializers.Serializer):
    id = serializers.UUIDField()
    project = serializers.CharField()
    state = serializers.ChoiceField(choices=["playing", "waiting", "scored"])
    size = serializers.IntegerField()
    score = serializers.IntegerField(allow_null=True, help_text="0-100 in fives; null until it is shown.")
    points = serializers.IntegerField(allow_null=True)


class BoardQuery(serializers.Serializer):
    project = serializers.SlugField(required=False, help_text="Default: all projects together.")
    span = serializers.ChoiceField(choices=["week", "all"], default="week")


class PlaceOut(serializers.Serializer):
    rank = serializers.IntegerField(help_text="0 = without a place.")
    pseudonym = serializers.CharField()
    points = serializers.IntegerField()
    level = serializers.IntegerField()
    is_me = serializers.BooleanField()
    rating = serializers.IntegerField(help_text="What this person's rounds score at least, 1-100; places go by it.")


class LeaderboardOut(serializers.Serializer):
    project = serializers.CharField(allow_null=True)
    span = serializers.ChoiceField(choices=["week", "all"])
    top = PlaceOut(many=True)
    near = PlaceOut(many=True)
    me = PlaceOut(allow_null=True)


class TeamQuery(serializers.Serializer):
    span = serializers.ChoiceField(choices=["week", "all"], default="week")


class TeamPlaceOut(serializers.Serializer):
    rank = serializers.IntegerField()
    name = serializers.CharField()
    members = serializers.IntegerField(help_text="Those who do not hide.")
    rounds = serializers.IntegerField()
    rating = serializers.IntegerField(help_text="What the team's rounds score at least, 1-100; places go by it.")
    is_mine = serializers.BooleanField()


class TeamsOut(serializers.Serializer):
    span = serializers.ChoiceField(choices=["week", "all"])
    places = TeamPlaceOut(many=True)


class OwnTeamOut(serializers.Serializer):
    name = serializers.CharField()
    code = serializers.CharField(help_text="Whoever has it may join; only members see it.")
    members = serializers.ListField(child=serializers.CharField(), help_text="Made-up names, one's own first.")
    hidden = serializers.IntegerField(help_text="Members more, who wish not to be seen.")
    rating = serializers.IntegerField(help_text="1-100; 0 = not played yet.")
    rating_week = serializers.IntegerField()


class TeamCodeIn(serializers.Serializer):
    code = serializers.CharField(max_length=20, help_text="However it is spaced.")


class BadgeOut(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()


class StandingOut(serializers.Serializer):
    project = serializers.CharField()
    title = serializers.CharField()
    points = serializers.IntegerField()
    points_week = serializers.IntegerField()
    rounds = serializers.IntegerField()
    rating = serializers.IntegerField(help_text="What one's rounds score at least, 1-100; 0 = not played yet.")
    rank = serializers.IntegerField()
    rank_week = serializers.IntegerField()
    level = serializers.IntegerField()
    days_this_week = serializers.IntegerField()
    streak_weeks = serializers.IntegerField()
    badges = BadgeOut(many=True)


class ShareOut(serializers.Serializer):
    kinds = serializers.ListField(child=serializers.CharField(), help_text="What one said: label keys and the like.")
    answers = serializers.IntegerField(help_text="At least ten.")
    score = serializers.IntegerField(help_text="0-100, in fives.")


class LookBackOut(serializers.Serializer):
    project = serializers.CharField()
    shown_at = serializers.DateTimeField()
    answers = serializers.IntegerField()
    shares = ShareOut(many=True)
    credit = serializers.IntegerField(allow_null=True, help_text="Points that came later; null: not looked at again.")


class MeOut(AnnotatorOut):
    email = serializers.EmailField(allow_null=True)
    joined_at = serializers.DateTimeField()
    standings = StandingOut(many=True)
    look_backs = LookBackOut(many=True, help_text="How kinds of answers held up over several rounds, the last first.")


class MeIn(serializers.Serializer):
    on_boards = serializers.BooleanField(help_text="Whether others see you on leaderboards.")


class LeaveQuery(serializers.Serializer):
    keep_answers = serializers.BooleanField(
        required=False, default=True, help_text="True: answers stay without a link to you. False: they are removed too."
    )
