"""The search for dangers finds each kind, and lets a harmless page be."""

import pytest
from dangers import added, dangers


@pytest.mark.parametrize(
    "page",
    [
        "<script>1</script>",
        "<SCRIPT src=x></SCRIPT>",
        "<p onclick=x>",
        "<img src=http://e/x>",
        "<img src=//e/x>",
        "<img src=x.png>",
        "<img src='data:image/svg+xml;base64,AA'>",
        "<img srcset='http://e/x 2x'>",
        "<a href=javascript:x>",
        "<a href=https://e>",
        "<p style='background:url(x)'>",
        "<style>@import 'x'</style>",
        "<meta http-equiv=Refresh content='0;url=x'>",
        "<svg/onload=x>",
        "<link rel=stylesheet>",
        "<b id=planted>",
    ],
)
def test_each_danger_is_found(page):
    assert dangers(page)
    assert added(page + page, page)
    assert not added(page, page)


def test_a_harmless_page_has_none():
    head = "<meta charset=utf-8><meta http-equiv=Content-Security-Policy content=x><h1 id=top style='color:red'>"
    assert not dangers(head + "<a href=#top>x</a><img src='data:image/png;base64,AA=='>&lt;script>")
