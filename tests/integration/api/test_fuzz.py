"""No answer whatever makes the site fail: it is stored, or refused with a sentence."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.api.site import PLAY
from webapp.annotations.models import Annotation

pytestmark = pytest.mark.django_db

SCALARS = (
    st.none() | st.booleans() | st.integers(-(10**400), 10**400) | st.floats(allow_nan=False, allow_infinity=False)
) | st.text(max_size=8)
ANYTHING = st.recursive(
    SCALARS | st.sampled_from(["cat", "dog", "class", "box", "mask"]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
BOX = st.lists(st.integers(-5, 70) | ANYTHING, min_size=4, max_size=4).flatmap(
    lambda edges: st.sampled_from(["cat", "cow", 1, None]).map(lambda label: [*edges, label])
)
RLE = st.fixed_dictionaries(
    {
        "size": st.just([48, 64]) | st.lists(SCALARS, max_size=3),
        "counts": st.text(st.characters(max_codepoint=127)) | ANYTHING,
    }
)
ANSWERS = st.one_of(
    st.fixed_dictionaries({"kind": st.just("class"), "label": ANYTHING}),
    st.fixed_dictionaries({"kind": st.just("box"), "boxes": st.lists(BOX, max_size=4) | ANYTHING}),
    st.fixed_dictionaries({"kind": st.just("mask"), "rle": RLE | ANYTHING}),
    st.fixed_dictionaries({"kind": ANYTHING}),
    ANYTHING,
)


@pytest.mark.parametrize("kind", ["class", "box", "mask"])
def test_any_answer_is_stored_or_refused(site, kind):
    project = site.new_project(f"any-{kind}", kind=kind, tasks=3)
    person = site.volunteer()
    site.deal(person, project=project, count=1)
    client = site.client(person)
    url = PLAY + "assignments/{}/annotation".format(
        client.post(f"{PLAY}projects/any-{kind}/next").json()["assignment"]["id"]
    )

    @settings(max_examples=150, suppress_health_check=list(HealthCheck))
    @given(answer=ANSWERS, trace=st.just({}) | ANYTHING, client_ms=st.none() | SCALARS)
    def play(answer, trace, client_ms):
        body = json.dumps({"answer": answer, "trace": trace, "client_ms": client_ms})
        reply = client.put(url, body, "application/json")
        assert reply.status_code in {201, 200, 400, 409}, reply.content[:300]
        if reply.status_code >= 400:
            assert set(reply.json()) == {"detail"}
        Annotation.objects.filter(annotator=person).delete()
        person.assignments.update(state="claimed")

    play()
