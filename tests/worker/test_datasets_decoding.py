"""One file at a time: every kind of image becomes bytes [3, H, W]."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from store.image_names import is_image
from tests.support.faulty_images import HEIC, png_file
from tests.support.images import make_image
from worker.datasets.decoding import (
    MODES,
    ImageError,
    ImageTooLargeError,
    UnknownRangeError,
    decode_image,
    deep_values,
    fit_square,
    opened_image,
    upright_rgb,
)
from worker.datasets.subset import Bytes


def pixels_of(image: Image.Image) -> Bytes:
    return np.asarray(image).transpose(2, 0, 1)


def test_rgb_keeps_every_byte(tmp_path: Path) -> None:
    image = make_image(height=5, width=7)
    image.save(tmp_path / "a.png")
    decoded = decode_image(tmp_path / "a.png", None)
    assert decoded.shape == (3, 5, 7)
    assert decoded.dtype == np.uint8
    np.testing.assert_array_equal(decoded, pixels_of(image))


@pytest.mark.parametrize("suffix", ["bmp", "png", "ppm", "tif"])
def test_lossless_formats_agree(suffix: str, tmp_path: Path) -> None:
    image = make_image()
    image.save(tmp_path / f"a.{suffix}")
    np.testing.assert_array_equal(decode_image(tmp_path / f"a.{suffix}", None), pixels_of(image))


def test_the_content_decides_whatever_the_name_says(tmp_path: Path) -> None:
    image = make_image()
    image.save(tmp_path / "a.jpg", "PNG")
    expected = np.asarray(image).transpose(2, 0, 1)
    np.testing.assert_array_equal(decode_image(tmp_path / "a.jpg", None), expected)


@pytest.mark.parametrize("suffix", ["gif", "jpg", "webp"])
def test_lossy_formats_are_close(suffix: str, tmp_path: Path) -> None:
    image = Image.new("RGB", (8, 8), (200, 100, 50))
    image.save(tmp_path / f"a.{suffix}")
    decoded = decode_image(tmp_path / f"a.{suffix}", None).astype(int)
    assert np.abs(decoded - pixels_of(image).astype(int)).max() <= 4


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_grey_and_palette_fill_three_channels(mode: str, tmp_path: Path) -> None:
    image = make_image().convert("L").convert(mode)
    image.save(tmp_path / "a.png")
    expected = np.repeat(np.asarray(image.convert("L"))[None], 3, axis=0)
    np.testing.assert_array_equal(decode_image(tmp_path / "a.png", None), expected)


def test_grey_of_16_bits_keeps_the_upper_8(tmp_path: Path) -> None:
    values = np.array([[0, 255, 256], [0x1234, 0xFF00, 0xFFFF]], dtype=np.uint16)
    for name in ("a.png", "a.tif"):
        Image.fromarray(values).save(tmp_path / name)
        decoded = decode_image(tmp_path / name, None)
        np.testing.assert_array_equal(decoded[0], [[0, 0, 1], [0x12, 0xFF, 0xFF]])


def test_16_bits_that_hold_values_of_8_are_refused(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 7, 255]], dtype=np.uint16)).save(tmp_path / "a.png")
    with pytest.raises(ImageError, match="no value above 255 of 65,535"):
        decode_image(tmp_path / "a.png", None)


def test_16_bits_of_nothing_but_black_are_black(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((2, 2), dtype=np.uint16)).save(tmp_path / "a.png")
    assert not decode_image(tmp_path / "a.png", None).any()


def test_more_than_16_bits_and_floats_are_refused(tmp_path: Path) -> None:
    Image.fromarray(np.array([[70_000]], dtype=np.int32)).save(tmp_path / "long.tif")
    Image.fromarray(np.array([[0.5]], dtype=np.float32)).save(tmp_path / "float.tif")
    with pytest.raises(ImageError, match="16 bits"):
        decode_image(tmp_path / "long.tif", None)
    with pytest.raises(ImageError, match="floating-point"):
        decode_image(tmp_path / "float.tif", None)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_parts_become_white(mode: str, tmp_path: Path) -> None:
    image = Image.new(mode, (2, 1), 0)
    image.putpixel((1, 0), (9, 9, 9, 255) if mode == "RGBA" else (9, 255))
    image.save(tmp_path / "a.png")
    decoded = decode_image(tmp_path / "a.png", None)
    assert decoded[:, 0, 0].tolist() == [255, 255, 255]
    assert decoded[:, 0, 1].tolist() == [9, 9, 9]


def test_transparent_palette_colour_becomes_white(tmp_path: Path) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    image.save(tmp_path / "a.png", transparency=0)
    decoded = decode_image(tmp_path / "a.png", None)
    assert decoded[:, 0].T.tolist() == [[255, 255, 255], [40, 50, 60]]


def test_cmyk_becomes_rgb(tmp_path: Path) -> None:
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "a.jpg", quality=95)
    red, green, blue = decode_image(tmp_path / "a.jpg", None)[:, 4, 4]
    assert red > 200
    assert max(green, blue) < 60


def test_image_is_turned_upright(tmp_path: Path) -> None:
    image = make_image(height=4, width=6)
    orientation = Image.Exif()
    orientation[0x0112] = 6  # to be turned clockwise by a quarter
    image.save(tmp_path / "a.png", exif=orientation)
    decoded = decode_image(tmp_path / "a.png", None)
    np.testing.assert_array_equal(decoded, np.rot90(pixels_of(image), -1, axes=(1, 2)))


def test_resizing_takes_the_middle_square() -> None:
    image = Image.new("RGB", (30, 10), "red")
    image.paste("blue", (10, 0, 20, 10))
    middle = fit_square(image, 5)
    assert middle.size == (5, 5)
    assert middle.crop((1, 0, 4, 5)).getcolors() == [(15, (0, 0, 255))]


def test_own_size_given_as_image_size_changes_nothing(tmp_path: Path) -> None:
    make_image().save(tmp_path / "a.png")
    np.testing.assert_array_equal(
        decode_image(tmp_path / "a.png", 8), decode_image(tmp_path / "a.png", None)
    )


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_large_image_is_made_small(suffix: str, tmp_path: Path) -> None:
    half = Image.new("RGB", (640, 480), "black")
    half.paste("white", (0, 240, 640, 480))
    half.save(tmp_path / f"a.{suffix}")
    decoded = decode_image(tmp_path / f"a.{suffix}", 16)
    assert decoded.shape == (3, 16, 16)
    assert decoded[:, :7].max() < 10
    assert decoded[:, 9:].min() > 245


def test_decompression_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    for side in (9_000, 60_000):
        (tmp_path / "a.png").write_bytes(png_file(side, side))
        with pytest.raises(ImageError, match=r"pixels|bomb"):
            decode_image(tmp_path / "a.png", None)


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"no image at all", b"%!PS-Adobe-3.0"])
def test_what_is_no_image_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(ImageError):
        decode_image(tmp_path / "a.png", None)


def test_missing_file_tells_so(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="No such file"):
        decode_image(tmp_path / "a.png", None)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, of damaged metadata
@given(data=st.data(), suffix=st.sampled_from(["avif", "bmp", "gif", "heic", "jpg", "png", "webp"]))
def test_damaged_file_is_an_image_or_an_error_but_never_a_crash(
    data: st.DataObject, suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("damaged") / f"a.{suffix}"
    if suffix == "heic":
        path.write_bytes(HEIC)
    else:
        make_image().save(path)
    content = bytearray(path.read_bytes())
    places = st.integers(0, len(content) - 1)
    for place in data.draw(st.lists(places, max_size=5)):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(places) + 1])
    try:
        decoded = decode_image(path, 4)
    except ImageError:
        return
    assert decoded.shape == (3, 4, 4)


def save_deep_colours(path: Path, most: int) -> None:
    """Save an RGB image with 16 bits a channel, which Pillow itself cannot write."""
    values = np.linspace(0, most, 8 * 8 * 3).astype(">u2").reshape(8, 8, 3)
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    path.write_bytes(png_file(8, 8, bits=16, rows=rows))


def test_16_bits_a_channel_keep_the_upper_8(tmp_path: Path) -> None:
    save_deep_colours(tmp_path / "a.png", 0xFFFF)
    assert decode_image(tmp_path / "a.png", None).max() == 255


@pytest.mark.parametrize("most", [255, 4_095])
def test_16_bits_a_channel_that_hold_far_fewer_are_refused(most: int, tmp_path: Path) -> None:
    save_deep_colours(tmp_path / "a.png", most)
    with pytest.raises(UnknownRangeError, match="upper 8 are read"):
        decode_image(tmp_path / "a.png", None)


@pytest.mark.parametrize("suffix", ["avif", "heic"])
def test_photos_of_phones_are_read(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"a.{suffix}"
    if suffix == "heic":
        file.write_bytes(HEIC)
        assert is_image(file)
        assert decode_image(file, None).shape == (3, 64, 32)  # turned
    else:
        Image.new("RGB", (64, 32), "red").save(file)
        assert decode_image(file, None)[:, 0, 0].tolist() == pytest.approx([255, 0, 0], abs=4)


def test_jpeg_that_is_too_large_can_be_made_small(tmp_path: Path) -> None:
    Image.new("L", (9_000, 8_000), 200).save(tmp_path / "a.jpg")
    with pytest.raises(ImageTooLargeError, match="9000×8000 pixels are more than the 67,108,864"):
        decode_image(tmp_path / "a.jpg", None)
    assert (decode_image(tmp_path / "a.jpg", 16) == 200).all()


def test_deep_image_that_is_too_large_is_not_decoded_to_find_its_range(tmp_path: Path) -> None:
    (tmp_path / "a.pgm").write_bytes(b"P5 9000 8000 65535\n")
    with (
        opened_image(tmp_path / "a.pgm") as image,
        pytest.raises(ImageTooLargeError, match="9000×8000 pixels are more than the 67,108,864"),
    ):
        deep_values(image)


def documented_modes() -> dict[str, str]:
    """Return what the table in the documentation says of each colour mode."""
    page = (Path(__file__).parents[2] / "docs" / "datasets.md").read_text()
    table = page.partition("| colour mode | what becomes of it |\n| --- | --- |\n")[2]
    rows = table.partition("\n\n")[0].splitlines()
    cells = [row.strip("| ").split(" | ") for row in rows]
    return {mode.strip("`"): text for modes, text in cells for mode in modes.split(", ")}


def test_the_documentation_says_what_becomes_of_each_mode() -> None:
    assert documented_modes() == dict(MODES)


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_becomes_what_is_documented(mode: str) -> None:
    image = Image.new(mode, (2, 1), 1 if mode == "1" else 0)
    if MODES[mode].startswith("refused"):
        with pytest.raises((UnknownRangeError, ValueError)):
            upright_rgb(image)
        return
    rgb = upright_rgb(image).rgb
    assert rgb.mode == "RGB"
    if "transparent parts become white" in MODES[mode]:
        assert rgb.getpixel((0, 0)) == (255, 255, 255)
