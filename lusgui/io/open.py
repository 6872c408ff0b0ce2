"""Open any supported file as a recording, told by its content and never by its extension."""

from __future__ import annotations

import struct
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from lusgui.base.errors import LusguiError, UnreadableFileError, UnsupportedFileError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lusgui.core.progress import Progress
    from lusgui.core.recipe import Recipe
    from lusgui.core.recording import Recording

EXTENSIONS = frozenset(
    (
        ".mat",
        ".png",
        ".bmp",
        ".dib",
        ".jpg",
        ".jpeg",
        ".tif",
        ".tiff",
        ".dcm",
        ".dicom",
        ".ima",
        ".avi",
        ".mp4",
        ".m4v",
        ".mov",
        ".mkv",
        ".h5",
        ".hdf5",
    )
)
SUPPORTED = "MAT, PNG, BMP, JPEG, TIFF, DICOM, AVI or MP4"


class FileKind(StrEnum):
    """What a file is by its bytes."""

    MAT = "mat"
    IMAGE = "image"
    DICOM = "dicom"
    VIDEO = "video"
    STUDY = "study"
    OTHER = "other"


def file_kind(path: Path) -> FileKind:
    """Return what the file is, from its first bytes.

    Raises
    ------
    UnreadableFileError
        If it is missing, empty, a folder, or may not be read.
    """
    try:
        if path.is_dir():
            raise UnreadableFileError("this is a folder", path=path, remedy="Choose a file in it")
        if not path.is_file() and path.exists():
            raise UnreadableFileError("this is no ordinary file", path=path)
        with path.open("rb") as stream:
            head = stream.read(512)
    except FileNotFoundError as error:
        raise UnreadableFileError("there is no such file", path=path, remedy="Check the name") from error
    except PermissionError as error:
        raise UnreadableFileError(
            "you may not read it", path=path, remedy="Ask its owner for permission, or copy it"
        ) from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UnreadableFileError(f"it cannot be read ({why})", path=path) from error
    if not head:
        raise UnreadableFileError("the file is empty", path=path, remedy="Copy or save it again")
    return _kind_of(head, path)


def _kind_of(head: bytes, path: Path) -> FileKind:
    from lusgui.io.mat4 import header_order
    from lusgui.io.mat5 import is_mat5
    from lusgui.io.mat73 import is_mat73

    if head.startswith(b"SQLite format 3\0"):
        return FileKind.STUDY
    if head.startswith((b"\x89PNG\r\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return FileKind.IMAGE
    if head[128:132] == b"DICM":
        return FileKind.DICOM
    if is_mat73(path) or head.startswith(b"MATLAB ") or is_mat5(head):
        return FileKind.MAT
    if (
        head.startswith(b"BM")
        and len(head) >= 26
        and struct.unpack("<I", head[14:18])[0] in (12, 40, 52, 56, 64, 108, 124)
    ):
        return FileKind.IMAGE
    if (head.startswith(b"RIFF") and head[8:12] == b"AVI ") or head[4:8] in (
        b"ftyp",
        b"moov",
        b"mdat",
        b"wide",
    ):
        return FileKind.VIDEO
    if head.startswith(b"\x1aE\xdf\xa3"):
        return FileKind.VIDEO
    if header_order(head) is not None:
        return FileKind.MAT
    # DICOM without its preamble starts with a tag of group 2 or 8.
    if head[:2] in (b"\x02\0", b"\x08\0") and head[3:4] == b"\0":
        return FileKind.DICOM
    if path.suffix.casefold() == ".mat":
        return FileKind.MAT
    return FileKind.OTHER


def open_recording(
    path: Path | str,
    *,
    recipe: Recipe | None = None,
    progress: Progress | None = None,
    memory_limit_bytes: int | None = None,
) -> Recording:
    """Open a file as a recording.

    Parameters
    ----------
    path : Path
        MAT (v4 to v7.3), PNG, BMP, JPEG, TIFF, DICOM, AVI or MP4.
    recipe : Recipe, optional
        Choices that overrule what is found. Without one, a recipe that was laid into the file's folder
        (see ``lusgui.io.recipes.save_folder_recipe``) is applied.
    progress : Progress, optional
        Told how far it is; may raise ``CancelledError``.
    memory_limit_bytes : int, optional
        Most that may be allocated; by default a share of what is free.

    Returns
    -------
    Recording
        To be closed by the caller.

    Raises
    ------
    LusguiError
        Naming the file, the variable, the cause and the way out.
    """
    place = Path(path)
    kind = file_kind(place)
    if recipe is None:
        from lusgui.io.recipes import folder_recipe

        recipe = folder_recipe(place.parent)
    try:
        opened = _read(kind, place, recipe, progress, memory_limit_bytes)
        if opened is not None:
            from lusgui.io.polarity import settle_polarity

            return settle_polarity(opened, recipe)
    except OSError as error:
        raise UnreadableFileError(f"it cannot be read ({error.strerror or error})", path=place) from error
    except MemoryError as error:
        raise UnreadableFileError("it asks for more memory than there is", path=place) from error
    if kind is FileKind.STUDY:
        raise UnsupportedFileError(
            "this is a study, not a recording", path=place, remedy="Open it as a study"
        )
    raise UnsupportedFileError("this kind of file is not read", path=place, remedy=f"Save it as {SUPPORTED}")


def _read(
    kind: FileKind, place: Path, recipe: Recipe | None, progress: Progress | None, limit: int | None
) -> Recording | None:
    if kind is FileKind.MAT:
        from lusgui.io.matfile import open_matfile

        return open_matfile(place, recipe, progress, memory_limit_bytes=limit)
    if kind is FileKind.IMAGE:
        from lusgui.io.images import open_image

        return open_image(place, recipe, progress)
    if kind is FileKind.DICOM:
        from lusgui.io.dicom import open_dicom

        return open_dicom(place, recipe, progress)
    if kind is FileKind.VIDEO:
        from lusgui.io.video import open_video

        return open_video(place, recipe, progress)
    return None


def find_recordings(paths: Iterable[Path | str]) -> list[Path]:
    """Return the files that could be recordings, folders being searched through.

    Parameters
    ----------
    paths : iterable of Path
        Files are kept as they are; in folders, hidden files, studies, recipes, files of other kinds
        and setup files that only accompany others are left out.

    Returns
    -------
    list of Path
        Each file once: in the order given, those of a folder sorted by name with numbers as numbers.

    Raises
    ------
    UnreadableFileError
        If a path does not exist.
    """
    found: dict[Path, None] = {}
    for given in paths:
        place = Path(given)
        if not place.exists():
            raise UnreadableFileError("there is no such file or folder", path=place, remedy="Check the name")
        if place.is_dir():
            found.update(dict.fromkeys(_search(place)))
        else:
            found[place] = None
    return list(found)


def _search(folder: Path) -> list[Path]:
    from lusgui.io.companion import is_setup_only
    from lusgui.io.frame_folder import natural_key

    kept = []
    # rglob does not follow links to folders, so a loop of links ends.
    for place in sorted(folder.rglob("*"), key=lambda found: (found.parent, natural_key(found))):
        inside = place.relative_to(folder).parts
        if any(part.startswith((".", "__")) for part in inside):
            continue
        if place.suffix.casefold() not in EXTENSIONS and not _is_bare_dicom(place):
            continue
        try:
            kind = file_kind(place)
        except LusguiError:
            # A spoiled file is kept where it claims to be one of ours, so that opening it says why.
            if place.is_file():
                kept.append(place)
            continue
        if kind in (FileKind.STUDY, FileKind.OTHER):
            continue
        if kind is FileKind.MAT and is_setup_only(place):
            continue
        kept.append(place)
    return kept


def _is_bare_dicom(place: Path) -> bool:
    """Whether it is a DICOM file without an extension, as scanners and archives write them."""
    # A UID as a name ends in something that looks like an extension of digits.
    if place.suffix and not place.suffix[1:].isdigit():
        return False
    try:
        if not place.is_file():
            return False
        with place.open("rb") as stream:
            return stream.read(132)[128:] == b"DICM"
    except OSError:
        return False
