"""Single pictures: PNG, BMP, JPEG; TIFF is passed on to its own reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.errors import LusguiError, TooLargeError, UnreadableFileError, UnsupportedFileError
from lusgui.core.recording import ArraySource, Provenance, Recording
from lusgui.io.picture_intensity import guess_picture
from lusgui.io.pixels import apply_recipe, check_frame_size, quiet_decoders, to_gray

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.progress import Progress
    from lusgui.core.recipe import Recipe

TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
READABLE_FORMATS = ("PNG", "BMP", "DIB", "JPEG")


def is_tiff(path: Path) -> bool:
    """Whether the first bytes are those of a TIFF or BigTIFF file."""
    with path.open("rb") as stream:
        return stream.read(4) in TIFF_MAGIC


def open_image(path: Path, recipe: Recipe | None = None, progress: Progress | None = None) -> Recording:
    """Open a PNG, BMP, JPEG or TIFF file as a recording.

    Parameters
    ----------
    path : Path
        The file; its content decides, not its extension.
    recipe : Recipe, optional
        Choices that overrule what the file says.
    progress : Progress, optional
        Not needed for a single picture; passed on to the TIFF reader.

    Returns
    -------
    Recording
        Display data, or amplitude where 16-bit numbers are none; colour becomes gray, a turned JPEG is put
        upright.

    Raises
    ------
    LusguiError
        If the file is damaged, of another kind, or a decompression bomb.
    """
    try:
        tiff = is_tiff(path)
    except OSError as error:
        raise UnreadableFileError(f"it cannot be read ({error.strerror or error})", path=path) from error
    if tiff:
        from lusgui.io.tiff_stack import open_tiff

        return open_tiff(path, recipe, progress)
    picture, warnings_found = read_picture(path)
    gray = to_gray(picture)
    guess, said = guess_picture(gray.dtype, [gray])
    return apply_recipe(
        Recording(
            source=ArraySource(gray[np.newaxis]),
            shape=(1, *gray.shape),
            dtype=gray.dtype,
            intensity=guess.intensity,
            provenance=Provenance(path, None, path.suffix.lower().lstrip(".") or "image"),
            warnings=(*warnings_found, *said),
            value_range=guess.value_range,
        ),
        recipe,
    )


def read_picture(path: Path) -> tuple[NDArray[Any], list[str]]:
    """Decode one PNG, BMP or JPEG file.

    Returns
    -------
    picture : (H, W) or (H, W, C) ndarray
        Upright pixels; palettes are looked up, one-bit pictures become 0 and 255.
    warnings : list of str
        What was lost or left out.

    Raises
    ------
    LusguiError
        If the file is damaged, of another kind, or a decompression bomb.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    notes: list[str] = []
    try:
        with quiet_decoders(), Image.open(path, formats=READABLE_FORMATS) as image:
            check_frame_size(image.height, image.width, path)
            if image.format == "PNG" and getattr(image, "n_frames", 1) > 1:
                notes.append("Only the first picture of this animated PNG was read.")
            if image.format == "PNG" and image.mode in ("RGB", "RGBA") and _png_bit_depth(path) == 16:
                notes.append("The 16-bit colours of this PNG were read with 8 bits.")
            upright = ImageOps.exif_transpose(image)
            return pillow_array(upright), notes
    except LusguiError:
        raise
    except Image.DecompressionBombError as error:
        raise TooLargeError(
            "its pixels would fill the memory: it looks like a decompression bomb",
            path=path,
            remedy="Export the frames again at their own size",
        ) from error
    except UnidentifiedImageError as error:
        raise UnsupportedFileError(
            "this is no PNG, BMP, JPEG or TIFF picture, or it is damaged", path=path
        ) from error
    except MemoryError as error:
        raise TooLargeError("there is not enough memory to decode it", path=path) from error
    except OSError as error:
        if error.errno:
            raise UnreadableFileError(f"it cannot be read ({error.strerror})", path=path) from error
        raise _damaged(path) from error
    except Exception as error:  # decoders raise anything on hostile bytes
        raise _damaged(path) from error


def pillow_array(image: Any) -> NDArray[Any]:  # noqa: ANN401 (Pillow's image classes vary)
    """Return the pixels of a Pillow image as an array whose numbers mean brightness."""
    if image.mode == "1":
        image = image.convert("L")
    elif image.mode in ("P", "PA", "CMYK", "YCbCr", "LAB", "HSV", "RGBX", "RGBa", "La"):
        image = image.convert("RGB")
    array = np.array(image)
    return array.astype(array.dtype.newbyteorder("=")) if array.dtype.byteorder == ">" else array


def _png_bit_depth(path: Path) -> int:
    with path.open("rb") as stream:
        header = stream.read(26)
    return header[24] if len(header) == 26 else 0


def _damaged(path: Path) -> UnreadableFileError:
    return UnreadableFileError(
        "the picture is damaged or cut short", path=path, remedy="Copy or export it again"
    )
