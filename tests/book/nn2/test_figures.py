"""The figure style: readable on light and dark pages and for colour-blind readers, the same in every build."""

import io
import itertools
import re
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from nn2.descent import Path
from nn2.figures import (
    COLORS,
    INK,
    SERIES,
    STYLES,
    draw_band,
    draw_path,
    draw_surface,
    figure_svg,
    use_house_style,
)
from nn2.surfaces import ravine

SVG = "{http://www.w3.org/2000/svg}"
LIGHT, DARK = "#ffffff", "#121212"  # the theme's two grounds

# Machado, Oliveira and Fernandes (2009), doi:10.1109/TVCG.2009.113, at full severity, on linear RGB
SIGHTS = {
    "usual": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}


def linear(color):
    channels = np.array(matplotlib.colors.to_rgb(color))
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """The contrast ratio of WCAG 2.2."""
    low, high = sorted(float(linear(color) @ [0.2126, 0.7152, 0.0722]) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(rgb):
    """CIELAB, of linear sRGB under daylight D65."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(rgb, 0, 1) / [0.9505, 1.0, 1.089]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.fixture(autouse=True)
def style():
    with matplotlib.rc_context():
        use_house_style()
        yield


@pytest.mark.parametrize("color", sorted({INK, *COLORS.values()}))
@pytest.mark.parametrize("ground", [LIGHT, DARK])
def test_every_colour_reads_on_both_grounds(color, ground):
    assert contrast(color, ground) >= 3.0


@pytest.mark.parametrize("sight", SIGHTS)
def test_optimizers_are_told_apart(sight):
    seen = {name: lab(np.array(SIGHTS[sight]) @ linear(color)) for name, color in COLORS.items()}
    for one, other in itertools.combinations(seen, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 18, (sight, one, other)


def test_no_two_optimizers_share_a_line_style():
    assert set(STYLES) == set(COLORS)
    assert len({str(style) for style in STYLES.values()}) == len(STYLES)


def test_series_are_told_apart_by_the_same_colours_and_by_their_lines():
    colors, styles = zip(*SERIES, strict=True)
    assert set(colors) <= set(COLORS.values()) and len(set(colors)) == len(colors)
    assert len({str(style) for style in styles}) == len(styles)


def drawn():
    figure = Figure()
    axes = figure.add_subplot()
    draw_surface(axes, ravine(30))
    positions = np.array([[-4.0, -4.0], [-3.0, 1.0], [-2.0, 0.0]])
    draw_path(axes, Path(positions, positions[:2]), "Adagrad")
    axes.set_title("rate 0.05, ends at 2.184")
    draw_band(axes, [1, 2], [[1.0, 3.0, 2.0], [4.0, 5.0, 9.0]], "SGD", label="band")
    return figure, axes


def test_a_figure_is_the_same_bytes_twice_and_has_no_ground():
    texts = [figure_svg(drawn()[0]) for _ in range(2)]
    assert texts[0] == texts[1]
    assert "fill: #ffffff" not in texts[0] and "dc:date" not in texts[0]


def test_svg_is_well_formed_and_keeps_every_coordinate_to_a_twentieth():
    figure, _ = drawn()
    written = io.StringIO()
    figure.savefig(written, format="svg", bbox_inches="tight")
    ours, matplotlibs = (ElementTree.fromstring(text) for text in (figure_svg(figure), written.getvalue()))
    paths = [[element.get("d") for element in tree.iter(SVG + "path")] for tree in (ours, matplotlibs)]
    assert len(paths[0]) == len(paths[1]) > 10
    for short, long in zip(*paths, strict=True):
        numbers = [np.array(re.findall(r"-?[\d.]+(?:e-?\d+)?", text), float) for text in (short, long)]
        np.testing.assert_allclose(*numbers, atol=0.051)
    for tag in ("text", "tspan"):
        ours_said, theirs_said = (
            [(element.text or "").strip() for element in tree.iter(SVG + tag)] for tree in (ours, matplotlibs)
        )
        assert ours_said == theirs_said
    styles = [
        set(re.findall(r"opacity: [\d.]+", ElementTree.tostring(tree, "unicode"))) for tree in (ours, matplotlibs)
    ]
    assert styles[0] == styles[1] and "opacity: 0.25" in styles[0]
    assert len(figure_svg(figure)) < 0.7 * len(written.getvalue())


def test_contours_are_contours():
    _, axes = drawn()
    surface = ravine(30)
    for patch in axes.patches:
        values = surface.value(patch.get_path().transformed(patch.get_patch_transform()).vertices[::3])
        np.testing.assert_allclose(values, values[0], rtol=1e-2)
    assert len(axes.patches) == 6


def test_band_is_the_range_and_the_line_the_median():
    _, axes = drawn()
    band = axes.collections[-1].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (1.0, 9.0)
    np.testing.assert_array_equal(axes.lines[-1].get_ydata(), [2.0, 5.0])
    assert [line.get_label() for line in axes.lines[-2:]] == ["Adagrad", "band"]
