"""The shapes of requests (In) and replies (Out)."""

from rest_framework import serializers

from webapp.accounts.models import StaffMember
from webapp.projects.models import Project


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
