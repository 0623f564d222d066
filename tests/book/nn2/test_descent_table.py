"""What the explorable is given: the table, packed, and the HTML around it."""

import base64
import json
import re

import numpy as np
import pytest
from matplotlib.figure import Figure
from nn2.descent import Path
from nn2.explorables import descent_element, descent_table

ANGLES = [0, 45]


def path(*rows):
    """A path of two descents side by side, from rows of (x1, x2) for the first; the second is the first, doubled."""
    positions = np.array([[row, (2 * row[0], 2 * row[1])] for row in rows])
    return Path(positions, np.zeros((len(rows) - 1, 2, 2)))


def table(*paths, **settings):
    settings = {
        "learning_rates": [0.1] * len(paths),
        "angles": ANGLES,
        "curvatures": (0.2, 4.0),
        "fraction": 0.1,
    } | settings
    return descent_table({"Adagrad": list(paths)}, **settings)


def unpacked(text):
    return np.frombuffer(base64.b64decode(text), "<i2").reshape(-1, 2) / 1000


def test_positions_come_back_to_a_thousandth():
    packed = table(path((-4.0, 3.0), (-1.23456, 0.0), (0.5, -0.25)))
    np.testing.assert_allclose(unpacked(packed["paths"]["Adagrad"][0][0]), [[-4, 3], [-1.235, 0], [0.5, -0.25]])
    np.testing.assert_allclose(unpacked(packed["paths"]["Adagrad"][0][1])[0], [-8, 6])
    assert packed["steps"] == 2 and packed["colors"].keys() == {"Adagrad"}


def test_a_path_is_cut_where_it_leaves():
    packed = table(path((-4.0, 0.0), (0.0, 20.0), (300.0, 400.0), (0.0, 0.0)))["paths"]["Adagrad"][0]
    np.testing.assert_allclose(unpacked(packed[0]), [[-4, 0], [0, 20], [18, 24]])  # the third is drawn in to 30
    np.testing.assert_allclose(unpacked(packed[1]), [[-8, 0], [0, 30]])


def test_a_path_that_overflows_is_cut_too():
    packed = table(path((-4.0, 0.0), (np.nan, np.inf), (1.0, 1.0)))["paths"]["Adagrad"][0][0]
    np.testing.assert_allclose(unpacked(packed), [[-4, 0], [-4, 0]])


def test_too_fine_a_scale_is_refused():
    with pytest.raises(ValueError, match="expected at most 32767"):
        table(path((0.0, 0.0), (0.0, 0.0)), scale=2000)


def test_the_element_holds_the_table_the_picture_and_the_module():
    given = table(path((-4.0, 3.0), (0.0, 0.0)))
    given["note"] = "</script><b>"
    html = descent_element(given, Figure(), alt='two "paths"').data
    data = re.search(r'<script type="application/json">(.*?)</script>', html, re.S).group(1)
    assert json.loads(data) == json.loads(json.dumps(given))
    assert 'alt="two &quot;paths&quot;"' in html and 'src="data:image/svg+xml,' in html
    assert '<script type="module" src="../_static/explorables/descent.js">' in html and "<noscript>" in html
    assert not re.search(r"""(src|href)=["']?https?:""", html)
