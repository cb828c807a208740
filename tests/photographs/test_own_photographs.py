import hashlib
import io

import numpy as np
import PIL.Image
import pytest
import tifffile

from amp_net import images
from amp_net.images.pixel_values import to_pixels
from amp_net.photographs import image_sets, photograph_files
from amp_net.photographs.own_photographs import GivenPhotographs, OwnPhotographs, difference, digest_of
from tests.conftest import outcome


def tiff(array, **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **options)
    return buffer.getvalue()


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def decode(content, value_range=None, **limits):
    return photograph_files.decode_all(content, "a.tif", value_range, **limits)


@pytest.fixture
def grey(rng):
    return rng.random((12, 17))


@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "int16", "int32", "uint32", "int64"])
@pytest.mark.parametrize("shape", [(12, 17), (12, 17, 3), (12, 17, 4)])
@pytest.mark.parametrize("kind", [tiff, npy])
def test_numbers_of_any_kind_are_scaled_by_the_range_that_is_stated(dtype, shape, kind, rng):
    values = rng.integers(0, 101, shape).astype(dtype)
    options = {"photometric": "rgb" if len(shape) == 3 else "minisblack"} if kind is tiff else {}
    if kind is tiff and dtype == "int8" and shape[2:] == (4,):
        # OpenCV would weight the colours with alpha.
        with pytest.raises(ValueError, match="a rare kind of TIFF"):
            decode(kind(values, **options), (-20, 180))
        return
    (found,) = decode(kind(values, **options), (-20, 180))
    assert found.dtype == np.float32
    colour = values[..., :3] if len(shape) == 3 else values
    np.testing.assert_allclose(found, (colour.astype(float) + 20) / 200, atol=1e-6)


@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}, {"tile": (16, 16)}, {"bigtiff": True}])
def test_floats_from_0_to_1_say_their_range_themselves(options, grey):
    for dtype in ("float32", "float64"):
        (found,) = decode(tiff(grey.astype(dtype), **options))
        np.testing.assert_array_equal(found, grey.astype(dtype).astype("float32"))
    np.testing.assert_allclose(decode(tiff(grey), (0, 2))[0], grey / 2, rtol=1e-6)


@pytest.mark.parametrize("kind", [tiff, npy])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_8_and_16_bits_stay_as_they_are(dtype, kind, grey):
    pixels = (grey * np.iinfo(dtype).max).astype(dtype)
    for value_range in (None, (0, 4095)):
        (found,) = decode(kind(pixels), value_range)
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, pixels)


@pytest.mark.parametrize(
    ("values", "value_range", "message"),
    [
        (
            np.array([[0.5, 255.5]]),
            None,
            r"from 0.5 to 255.5, .* commands are told both by --range=0.5,255.5",
        ),
        (np.array([[-0.1, 1.0]]), None, r"from -0.1 to 1, .* --range=-0.1,1"),
        (np.array([[0, 1000]]), None, r"from 0 to 1000.*--range=0,1000"),
        (np.array([[0, 1000]]), (0, 999), r"from 0 to 1000, outside the range from 0 to 999; clip them, or"),
        (np.array([[0.5, np.nan]]), (0, 1), r"NaN or infinity in 1 of 2 places"),
        (np.array([[1j]]), (0, 1), r"holds complex128; pixels are real numbers"),
    ],
)
def test_numbers_that_are_no_pixels_are_refused_with_the_remedy(values, value_range, message):
    with pytest.raises(ValueError, match=message):
        to_pixels(values, "a.npy", value_range)
    if "--range=" in message:
        # What is offered is taken.
        stated = tuple(
            map(float, str(outcome(to_pixels, values, "a")[1]).partition("--range=")[2][:-1].split(","))
        )
        found = to_pixels(values, "a.npy", stated)
        assert (found.min(), found.max()) == (0, 1)


@pytest.mark.parametrize("stated", [(1, 0), (0, 0), (0, np.inf), (0,), ("black", "white"), 5])
def test_a_range_that_is_none_is_refused(stated):
    with pytest.raises(ValueError, match="it is the values of black and of white"):
        GivenPhotographs([np.zeros((3, 3))], stated)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_each_page_of_a_tiff_is_an_image(dtype, rng):
    pages = [
        (rng.random((12 + 3 * page, 17)) * (1 if dtype == "float32" else 255)).astype(dtype)
        for page in range(3)
    ]
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for number, page in enumerate(pages):
            writer.write(page, photometric="minisblack")
            if number == 0:
                # A preview, as programs put it beside.
                writer.write(page[::2, ::2], photometric="minisblack", subfiletype=1)
    found = decode(buffer.getvalue())
    assert len(found) == 3
    for image, page in zip(found, pages, strict=True):
        np.testing.assert_array_equal(image, page)
    with pytest.raises(ValueError, match="at most"):
        decode(buffer.getvalue(), max_pixels=(12 + 15 + 17) * 17)


def test_one_image_keeps_its_alpha_and_its_depth(rng):
    for dtype in ("uint8", "uint16"):
        pixels = rng.integers(0, 255, (12, 17, 4)).astype(dtype)
        np.testing.assert_array_equal(
            photograph_files.decode_one(images.encode("a.png", pixels), "a.png"), pixels
        )
    colour = rng.random((12, 17, 4))
    for content in (tiff(colour, photometric="rgb"), npy(colour)):
        np.testing.assert_allclose(
            photograph_files.decode_one(content, "a", (0, 2)), colour[..., :3] / 2, rtol=1e-6
        )
    with pytest.raises(ValueError, match=r"a holds more than one image; give files of one"):
        photograph_files.decode_one(tiff(np.zeros((2, 12, 17)), photometric="minisblack"), "a")


def test_pages_without_end_are_refused(monkeypatch, rng):
    monkeypatch.setattr("amp_net.images.formats.tiff_pages.MOST", 2)
    with pytest.raises(ValueError, match="more than 2 pages; save them as several files"):
        decode(tiff(np.zeros((3, 4, 5), "uint8"), photometric="minisblack"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda a: tiff(a)[:-100], "is damaged or a rare kind"),
        (lambda a: tiff(a, compression="zlib")[:-100], "is damaged or a rare kind"),
        (lambda a: tiff(a.astype("float16")), "is damaged or a rare kind"),
        (lambda a: tiff(a, photometric="miniswhite"), "is damaged or a rare kind"),
        (lambda a: tiff(np.stack([a] * 3), photometric="rgb", planarconfig="separate"), "rare kind"),
        (lambda a: tiff(a)[:4], "is damaged"),
        (lambda a: npy(a)[:-100], "is cut short"),
        (lambda a: npy(a[None, None]), r"has shape \(1, 1, 12, 17\); a photograph has"),
        (lambda a: npy(a[..., None].repeat(2, -1)), r"has shape \(12, 17, 2\)"),
        (lambda a: npy(np.zeros((0, 3))), r"has shape \(0, 3\)"),
        (lambda a: npy(np.array([[object()]])), "is damaged"),
    ],
)
def test_what_cannot_be_read_exactly_is_refused(content, message, grey):
    with pytest.raises(ValueError, match=message):
        decode(content(grey))


def test_altered_floats_are_read_or_refused_in_a_sentence(grey, rng):
    """No other error, and the size that was declared."""
    for content in (tiff(grey.astype("float32")), tiff(grey, compression="zlib"), npy(grey)):
        for _ in range(150):
            altered = bytearray(content)
            # Headers more often than pixels.
            for place in rng.integers(0, [len(altered), 200, min(len(altered), 400)]):
                altered[place] = rng.integers(256)
            found, message = outcome(decode, bytes(altered), (-1e300, 1e300))
            assert message or found[0].dtype == np.float32 or found[0].dtype.name in ("uint8", "uint16")


@pytest.fixture
def folder(tmp_path, rng):
    place = tmp_path / "mine"
    for name in ("b.png", "sub/b.gif", "deep.png"):
        image = rng.integers(0, 256, (9, 8), "uint8")
        (place / name).parent.mkdir(exist_ok=True, parents=True)
        if name.endswith("gif"):
            PIL.Image.fromarray(image).save(place / name)
        else:
            images.write(place / name, image if name == "b.png" else image.astype("uint16") * 257)
    (place / "stack.tif").write_bytes(
        tiff(rng.random((2, 9, 8)).astype("float32") * 7, photometric="minisblack")
    )
    (place / "notes.txt").write_text("of the day")
    return place


def test_a_folder_is_a_set_with_a_manifest(folder, caplog):
    photographs = image_sets.load(folder, None, (0, 7))
    names = ["b.png", "deep.png", "stack.tif page 1", "stack.tif page 2", "sub/b.gif"]
    assert [name for name, _ in photographs] == names == [entry["image"] for entry in photographs.manifest]
    assert len(photographs) == 5
    kinds = [image.dtype.name for _, image in photographs]
    assert kinds == ["uint8", "uint16", "float32", "float32", "uint8"]
    assert [entry["range"] for entry in photographs.manifest] == ["", "", "0,7", "0,7", ""]
    digest = hashlib.sha256((folder / "stack.tif").read_bytes()).hexdigest()
    assert [entry["sha256"] == digest for entry in photographs.manifest] == [False, False, True, True, False]
    assert "passed over, by their endings: notes.txt." in caplog.text


def test_all_files_that_cannot_be_used_are_named_at_once(folder):
    (folder / "empty.jpg").touch()
    with pytest.raises(
        ValueError, match=r"(?s)^2 of 5 files .*empty\.jpg cannot be read.*stack\.tif holds values"
    ):
        OwnPhotographs(folder)


def test_an_animation_is_refused(folder, rng):
    frames = [PIL.Image.fromarray(rng.integers(0, 256, (9, 8), "uint8")) for _ in range(2)]
    frames[0].save(folder / "sub" / "b.gif", save_all=True, append_images=frames[1:])
    with pytest.raises(ValueError, match=r"b\.gif holds more than one image; give files of one"):
        OwnPhotographs(folder, (0, 7))


def test_a_photograph_that_changes_meanwhile_is_noticed(folder):
    photographs = OwnPhotographs(folder, (0, 7))
    images.write(folder / "deep.png", np.zeros((9, 8), "uint8"))
    with pytest.raises(ValueError, match=r"deep\.png has changed since the work began"):
        list(photographs)


def test_a_manifest_tells_what_differs(folder):
    before = OwnPhotographs(folder, (0, 7)).manifest
    assert difference(before, before) is None
    assert digest_of(before) == digest_of(OwnPhotographs(folder, (0, 7)).manifest)
    assert "stack.tif page 1 is another" in difference(before, OwnPhotographs(folder, (0, 8)).manifest)
    (folder / "b.png").rename(folder / "c.png")
    after = OwnPhotographs(folder, (0, 7)).manifest
    assert difference(before, after) == "b.png is missing, c.png is new"
    assert digest_of(before) != digest_of(after)


@pytest.mark.parametrize("given", [list, np.array])
def test_arrays_are_photographs(given, rng):
    pixels = rng.integers(0, 256, (3, 9, 8, 1), "uint8")
    photographs = GivenPhotographs(given(pixels) if given is np.array else [*pixels])
    assert len(photographs) == 3
    for (_, image), expected in zip(photographs, pixels[..., 0], strict=True):
        np.testing.assert_array_equal(image, expected)
    assert len({entry["sha256"] for entry in photographs.manifest}) == 3


def test_a_dataset_of_tensorflow_is_photographs(tf, rng):
    pixels = rng.random((3, 9, 8, 3)).astype("float32")
    dataset = tf.data.Dataset.from_tensor_slices(pixels)
    np.testing.assert_array_equal([image for _, image in GivenPhotographs(dataset)], pixels)
    for wrong, message in (
        (dataset.repeat(), "has no end; give it before repeat"),
        (tf.data.Dataset.zip((dataset, dataset)), "photograph 0 is a tuple; give the images alone"),
        (dataset.batch(2), r"photograph 0 has shape \(2, 9, 8, 3\)"),
        (dataset.take(0), "There are no photographs"),
    ):
        with pytest.raises(ValueError, match=message):
            GivenPhotographs(wrong)
