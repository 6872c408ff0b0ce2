from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QIcon, QPalette
from PySide6.QtWidgets import QApplication

from lusgui.base.paths import resources_dir
from lusgui.session.commands import COMMANDS
from lusgui.ui import theme
from lusgui.ui.panels.parts import action_button


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [theme.DARK, theme.LIGHT], ids=lambda p: p.name)
def test_text_can_be_read(palette):
    for ground in (palette.window, palette.panel, palette.raised, palette.field):
        assert contrast(palette.text, ground) >= 7
        assert contrast(palette.dim, ground) >= 4.5
    assert contrast(palette.on_accent, palette.accent) >= 4.5
    assert contrast(palette.text, palette.accent_soft) >= 4.5
    assert contrast(palette.warning, palette.window) >= 4.5


GROUNDS = ("window", "panel", "raised", "field")


def pairs_of(palette):
    """Return every pair of colours that has to be told apart: name, one, other, least contrast (WCAG 2.2)."""
    for ground in GROUNDS:
        below = getattr(palette, ground)
        for role in ("text", "dim", "warning", "good", "bad"):
            yield f"{role} on {ground}", getattr(palette, role), below, 4.5
        yield f"accent on {ground}", palette.accent, below, 3.0  # lines, focus, chosen boxes
        yield f"outline on {ground}", palette.outline, below, 3.0
    for state in ("hover", "pressed", "accent_soft"):
        yield f"text on {state}", palette.text, getattr(palette, state), 4.5
        yield f"dim on {state}", palette.dim, getattr(palette, state), 3.0
    yield "button of the accent", palette.on_accent, palette.accent, 4.5
    yield "the same under the pointer", palette.on_accent, palette.accent_hover, 4.5
    yield "ruler", palette.ruler, palette.canvas, 4.5


@pytest.mark.parametrize("palette", [theme.DARK, theme.LIGHT], ids=lambda p: p.name)
def test_contrast_is_what_wcag_asks_for(palette):
    poor = [
        f"{name}: {contrast(one, other):.2f} < {least}"
        for name, one, other, least in pairs_of(palette)
        if contrast(one, other) < least
    ]
    assert not poor


def test_contrast_is_measured_as_wcag_does():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


@pytest.mark.parametrize("palette", [theme.DARK, theme.LIGHT], ids=lambda p: p.name)
def test_every_rule_with_letters_and_a_ground_can_be_read(palette):
    sheet = (resources_dir() / "styles" / "app.qss").read_text(encoding="utf-8")
    read, poor = 0, []
    for selectors, body in RULE.findall(sheet):
        colors = dict(re.findall(r"(?<![a-z-])(color|background):\s*@([a-z_]+)", body))
        if len(colors) < 2 or ":disabled" in selectors:  # WCAG leaves out what cannot be used
            continue
        read += 1
        seen = contrast(getattr(palette, colors["color"]), getattr(palette, colors["background"]))
        if seen < 4.5:
            poor.append(f"{selectors.strip()}: {seen:.2f}")
    assert read > 8
    assert not poor


def test_the_dark_theme_is_dim():
    assert luminance(theme.DARK.window) < 0.01
    assert luminance(theme.DARK.canvas) < luminance(theme.DARK.window)
    assert luminance(theme.LIGHT.canvas) < 0.02  # the image stays in the dark


@pytest.mark.parametrize("name", ["dark", "light"])
def test_the_style_sheet_is_complete(qapp, name):
    sheet = theme.style_sheet(theme.palette_for(name))
    assert "@" not in sheet
    assert all(re.fullmatch(r"url\([^)]+\.svg\)", found) for found in re.findall(r"url\([^)]*\)", sheet))


def test_system_is_one_of_the_two(qapp):
    assert theme.palette_for("system") in (theme.DARK, theme.LIGHT)


def test_applying_sets_colours_and_icons(qapp):
    look = theme.Theme(QApplication.instance())
    for name, palette in (("light", theme.LIGHT), ("dark", theme.DARK)):
        assert look.apply(name) is palette
        assert theme.current() is palette
        picture = theme.icon("brush").pixmap(20, 20).toImage()
        colors = {picture.pixelColor(x, y).name() for x in range(20) for y in range(20)}
        assert palette.text in colors


def test_every_icon_that_is_named_exists(qapp):
    names = {command.icon for command in COMMANDS if command.icon}
    have = {path.stem for path in (resources_dir() / "icons").glob("*.svg")}
    assert names <= have
    for name in have - {"lusgui"}:
        assert not theme.pixmap(name, "#ffffff", 24).isNull()
    assert not theme.app_icon().isNull()


def test_a_read_only_home_only_costs_the_arrows(qapp, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LUSGUI_HOME", str(tmp_path / "file"))
    assert "@" not in theme.style_sheet(theme.DARK)


@pytest.mark.parametrize("name", ["dark", "light"])
def test_a_button_with_words_that_cannot_be_pressed_looks_so(window, name):
    window.apply_theme(name)
    action = window.actions_by_id["measure.clear"]
    button = action_button(action, text=True)
    button.setIcon(QIcon())
    button.setParent(window)
    action.setEnabled(True)
    usable = button.grab().toImage()
    action.setEnabled(False)
    assert button.grab().toImage() != usable
    button.ensurePolished()
    assert button.palette().color(QPalette.ColorRole.ButtonText).name() == theme.current().faint
    button.deleteLater()
    window.apply_theme("dark")
