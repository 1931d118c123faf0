"""The shapes of what studies came to."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.staff.shapes import FiniteField
from quality.domain.turing import MARGINS, Decisions
from webapp.studies.models import Study


class StudyOut(serializers.Serializer):
    """`couples`: made and real pictures, as many of each; `begun`, `completed`: people."""

    id = serializers.IntegerField()
    slug = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=Study.State.choices)
    size = serializers.IntegerField(help_text="Questions to each person.")
    couples = serializers.IntegerField()
    begun = serializers.IntegerField()
    completed = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class EstimateOut(serializers.Serializer):
    """A figure with its 95 % interval, person and picture (pairs: couple) taken as crossed random effects; its ends are
    null where one person or picture leaves them unbounded."""

    value = serializers.FloatField()
    low = FiniteField()
    high = FiniteField()


class CountsOut(serializers.Serializer):
    """Decisions; positive: made (pairs: the made picture came first)."""

    tp = serializers.IntegerField()
    fn = serializers.IntegerField()
    fp = serializers.IntegerField()
    tn = serializers.IntegerField()


class EquivalenceOut(serializers.Serializer):
    """Whether people guess, within `margin` of one half (TOST, shown at 5 %). `needed_if_guessing`: more decisions that
    would show it if they do; `needed_as_seen`: at the accuracy seen, null where it cannot be shown."""

    margin = serializers.FloatField()
    p = serializers.FloatField()
    shown = serializers.BooleanField()
    needed_if_guessing = serializers.IntegerField()
    needed_as_seen = serializers.IntegerField(allow_null=True)


class DecisionsOut(serializers.Serializer):
    """`accuracy`: of pairs the pick rate; `said_share`: how often people said "made" (pairs: "the first")."""

    n = serializers.IntegerField(source="confusion.n")
    people = serializers.IntegerField()
    pictures = serializers.IntegerField(help_text="Of pairs: couples.")
    accuracy = EstimateOut()
    precision = EstimateOut(allow_null=True)
    recall = EstimateOut(allow_null=True)
    said_share = EstimateOut()
    d_prime = EstimateOut(allow_null=True)
    criterion = EstimateOut(allow_null=True)
    confusion = CountsOut()
    equivalence = serializers.SerializerMethodField()

    @extend_schema_field(EquivalenceOut(many=True))
    def get_equivalence(self, decisions: Decisions) -> Any:
        return EquivalenceOut([decisions.equivalence(margin) for margin in MARGINS], many=True).data


class GeneratorOut(serializers.Serializer):
    generator = serializers.CharField(allow_blank=True)
    decisions = DecisionsOut()


class PictureRateOut(serializers.Serializer):
    """How often a picture was judged right, 0-1, with Wilson's 95 % interval. `files`: the served file, of a couple
    both, the made one first; `words`: what it is."""

    files = serializers.ListField(child=serializers.CharField())
    words = serializers.CharField()
    n = serializers.IntegerField()
    rate = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class PartOut(serializers.Serializer):
    """`by_generator`: only where there are several. `pictures`: those told best first."""

    name = serializers.CharField()
    pairs = serializers.BooleanField()
    all = DecisionsOut()
    by_generator = GeneratorOut(many=True)
    pictures = PictureRateOut(many=True)


class StudyResultsOut(StudyOut):
    ethics_reference = serializers.CharField(allow_blank=True)
    answers = serializers.IntegerField()
    parts = PartOut(many=True, help_text="Those that have answers.")
