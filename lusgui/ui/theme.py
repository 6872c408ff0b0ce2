"""Light and dark: palettes, style sheet and icons drawn in the colour of the text."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

from lusgui.base.paths import data_dir, resources_dir

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

ICON_SIZE = 20


@dataclass(frozen=True)
class Palette:
    """Colours by role, ``#rrggbb``; the names are those of ``resources/styles/app.qss``."""

    name: str
    window: str
    panel: str
    raised: str
    field: str
    hover: str
    pressed: str
    border: str
    border_strong: str
    outline: str
    groove: str
    handle: str
    text: str
    dim: str
    faint: str
    accent: str
    accent_hover: str
    accent_soft: str
    on_accent: str
    warning: str
    good: str
    bad: str
    canvas: str
    ruler: str
    ruler_line: str


DARK = Palette(
    name="dark",
    window="#121519",
    panel="#191d22",
    raised="#22272e",
    field="#14171b",
    hover="#2a3038",
    pressed="#333a44",
    border="#262b32",
    border_strong="#363d47",
    outline="#6b7683",
    groove="#2f363f",
    handle="#aeb7c2",
    text="#d5dae1",
    dim="#939da9",
    faint="#646d78",
    accent="#4c93e6",
    accent_hover="#63a3ee",
    accent_soft="#223a57",
    on_accent="#08131f",
    warning="#e5b454",
    good="#58b98a",
    bad="#e07a6a",
    canvas="#07090b",
    ruler="#7f8995",
    ruler_line="#3a424c",
)
LIGHT = Palette(
    name="light",
    window="#e9ecef",
    panel="#f6f7f9",
    raised="#ffffff",
    field="#ffffff",
    hover="#dfe4ea",
    pressed="#d2d9e1",
    border="#d9dee4",
    border_strong="#b9c1ca",
    outline="#7b8794",
    groove="#cfd6dd",
    handle="#ffffff",
    text="#1d2430",
    dim="#56616e",
    faint="#929ba6",
    accent="#1f6fc4",
    accent_hover="#2575cc",
    accent_soft="#cfe2f7",
    on_accent="#ffffff",
    warning="#8f5d00",
    good="#1b764a",
    bad="#b03a2a",
    canvas="#16191d",
    ruler="#9aa4af",
    ruler_line="#4a525c",
)
THEMES = ("dark", "light", "system")


def palette_for(theme: str) -> Palette:
    """Return the palette of ``dark``, ``light`` or ``system``."""
    if theme == "system":
        hints = QGuiApplication.styleHints()
        return LIGHT if hints.colorScheme() == Qt.ColorScheme.Light else DARK
    return LIGHT if theme == "light" else DARK


class Theme:
    """The look in use; widgets ask it for icons and colours.

    Parameters
    ----------
    app : QApplication
        Application whose look is set.
    """

    def __init__(self, app: QApplication) -> None:
        self._app = app
        self._is_styled = False
        self.palette = DARK

    def apply(self, theme: str, scale: float | None = None) -> Palette:
        """Put a theme on: ``dark``, ``light`` or ``system``, with letters of this size or the present one."""
        if scale is not None:
            _scale[0] = scale
        self.palette = palette_for(theme)
        set_current(self.palette)
        if not self._is_styled:
            # once: a new style takes the old one away under widgets that are about to paint with it
            self._app.setStyle("Fusion")
            self._is_styled = True
        self._app.setPalette(_qt_palette(self.palette))
        self._app.setStyleSheet(style_sheet(self.palette))
        return self.palette


_current: list[Palette] = [DARK]
_scale: list[float] = [1.0]


def scaled(pixels: float) -> int:
    """Return a length for letters of the usual size as it is for letters of the present size."""
    return round(pixels * _scale[0])


def text_scale() -> float:
    """Return the size of letters, 1 is the usual one."""
    return _scale[0]


def set_current(palette: Palette) -> None:
    """Remember which palette icons and painters shall use."""
    _current[0] = palette


def current() -> Palette:
    """Return the palette in use."""
    return _current[0]


def style_sheet(palette: Palette) -> str:
    """Return the style sheet with the palette's colours filled in."""
    text = (resources_dir() / "styles" / "app.qss").read_text(encoding="utf-8")
    values = dict(vars(palette))
    for name, icon, color in (
        ("icon_up", "chevron-up", palette.dim),
        ("icon_down", "chevron-down", palette.dim),
        ("icon_check", "check-small", palette.on_accent),
    ):
        values[name] = _colored_file(icon, color).as_posix()
    return _enlarged(re.sub(r"@([a-z_]+)", lambda found: values[found.group(1)], text))


def _enlarged(sheet: str) -> str:
    """Return a style sheet with its lengths, but not its lines, for letters of the present size."""
    if _scale[0] == 1.0:
        return sheet
    declaration = re.compile(r"([a-z-]+)(\s*:\s*)([^;{}]*px[^;{}]*)(?=[;}])")

    def enlarge(found: re.Match[str]) -> str:
        name, colon, value = found.groups()
        if name.startswith("border") and not name.endswith("radius"):
            return str(found.group())
        return f"{name}{colon}" + re.sub(
            r"(-?\d+(?:\.\d+)?)px", lambda length: f"{scaled(float(length.group(1)))}px", value
        )

    return declaration.sub(enlarge, sheet)


def _colored_file(name: str, color: str) -> Path:
    """Write an icon in a colour to the cache, because style sheets take only files."""
    target = data_dir() / "cache" / f"{name}-{color.lstrip('#')}.svg"
    source = _svg(name).replace("currentColor", color)
    try:
        if not target.exists() or target.read_text(encoding="utf-8") != source:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(source, encoding="utf-8")
    except OSError:  # a read-only home: the arrow is missing, nothing else
        return resources_dir() / "icons" / f"{name}.svg"
    return target


@functools.cache
def _svg(name: str) -> str:
    return (resources_dir() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


def pixmap(name: str, color: str, size: int | None = None, ratio: float = 1.0) -> QPixmap:
    """Draw an icon in one colour, `size` device-independent pixels high; as high as usual if not given."""
    size = scaled(ICON_SIZE) if size is None else size
    picture = QPixmap(round(size * ratio), round(size * ratio))
    picture.fill(Qt.GlobalColor.transparent)
    renderer = QSvgRenderer(QByteArray(_svg(name).replace("currentColor", color).encode()))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, picture.width(), picture.height()))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


def icon(name: str, color: str | None = None) -> QIcon:
    """Return an icon in the colour of the text, sharp at usual screen densities, grayed when disabled."""
    palette = current()
    made = QIcon()
    for ratio in _ratios():
        made.addPixmap(pixmap(name, color or palette.text, ratio=ratio), QIcon.Mode.Normal)
        made.addPixmap(pixmap(name, palette.faint, ratio=ratio), QIcon.Mode.Disabled)
    return made


def app_icon() -> QIcon:
    """Return the icon of the application."""
    return QIcon(str(resources_dir() / "icons" / "lusgui.svg"))


def icon_size() -> QSize:
    """Return the size of icons in bars and buttons."""
    return QSize(scaled(ICON_SIZE), scaled(ICON_SIZE))


def _ratios() -> tuple[float, ...]:
    screens = {screen.devicePixelRatio() for screen in QGuiApplication.screens()}
    return tuple(sorted(screens | {1.0}))


def _qt_palette(palette: Palette) -> QPalette:
    made = QPalette()
    role = QPalette.ColorRole
    for target, color in (
        (role.Window, palette.window),
        (role.WindowText, palette.text),
        (role.Base, palette.field),
        (role.AlternateBase, palette.panel),
        (role.Text, palette.text),
        (role.Button, palette.raised),
        (role.ButtonText, palette.text),
        (role.ToolTipBase, palette.raised),
        (role.ToolTipText, palette.text),
        (role.PlaceholderText, palette.dim),
        (role.Highlight, palette.accent),
        (role.HighlightedText, palette.on_accent),
        (role.Link, palette.accent),
        (role.LinkVisited, palette.accent),
    ):
        made.setColor(target, QColor(color))
    for target in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, target, QColor(palette.faint))
    return made
