"""I2 and I3: the same headers for every picture, none of which tells anything."""

import pytest

from webapp.images import store

HEADERS = {
    "Content-Type": "image/webp",
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Length": "7",
}


@pytest.fixture
def name(home):
    name = store.new_name()
    store.write_whole(store.picture_path(name), b"picture")
    return name


def test_a_picture_comes_without_a_query_and_without_a_date(client, name, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        response = client.get(f"/pictures/{name}")
    assert (response.status_code, response.content) == (200, b"picture")
    assert {key: response[key] for key in HEADERS} == HEADERS
    for telling in ("Last-Modified", "ETag", "Expires", "Age", "Content-Disposition", "Set-Cookie", "Vary"):
        assert telling not in response


def test_head_is_answered_and_nothing_else(client, name, db):
    assert client.head(f"/pictures/{name}").status_code == 200
    assert client.post(f"/pictures/{name}").status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "0" * 32 + ".webp",
        "..%2f..%2fgoldvein.sqlite3",
        "../originals/.salt",
        "0" * 32,
        "A" * 32 + ".webp",
        "a" * 32 + ".webp%0a",
    ],
)
def test_everything_else_is_not_there(client, path, db):
    assert client.get(f"/pictures/{path}").status_code == 404
