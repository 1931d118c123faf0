import pytest

from webapp.play.prose import to_html


def test_headings_begin_below_those_of_the_page():
    assert to_html("# One\n\n## Two") == "<h3>One</h3>\n<h4>Two</h4>"
    assert to_html("## One\n\n#### Two") == "<h3>One</h3>\n<h5>Two</h5>"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<script>alert(1)</script>Look", "<p>Look</p>"),
        ("![x](https://elsewhere.example/spy.png)", "<p></p>"),
        ("[x](javascript:alert(1))", '<p><a rel="noopener noreferrer">x</a></p>'),
        ('<p onclick="x()" style="color:red">Look</p>', "<p>Look</p>"),
    ],
)
def test_nothing_that_reaches_outside_survives(text, html):
    assert to_html(text) == html
