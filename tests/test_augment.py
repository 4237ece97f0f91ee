"""Augmentation: the kernel against the specification, and what is drawn."""

import numpy as np
import pytest
from helpers import assert_exact, normals

from fastcnn import data
from fastcnn.data.augment.sweep import Draws
from fastcnn.kernels import threads
from fastcnn.kernels.augment import Augment, Blend
from fastcnn.kernels.program import Program
from fastcnn.reference import augment as reference

pytestmark = pytest.mark.usefixtures("dirty_memory")

SIZES = [(1, 1), (1, 5), (4, 1), (2, 2), (7, 6), (3, 17)]
MOVES = (data.Flip(), data.Crop(5, 9), data.Shift(3), data.ResizedCrop(8), data.Rotate(30))
JITTER = data.ColorJitter(0.5, 0.5, 0.5, 0.2)


def seed(number=0):
    return np.random.default_rng(number)


def bytes_of(rng, *shape):
    return rng.integers(0, 256, shape, np.uint8)


def levels(x):
    return x / np.float32(255) if x.dtype == np.uint8 else x


def swept(x, maps, size=None, fill=0.0, colors=None, mean=None, scale=None, boxes=None, value=0.0):
    """One sweep of the kernel."""
    oh, ow = size or x.shape[1:3]
    y = np.empty((len(x), oh, ow, x.shape[3]), np.float32)
    if scale is not None:
        mean, scale = (np.tile(v, (ow, 1)).astype(np.float32) for v in (mean, scale))
    rest = colors, mean, scale, boxes, value, y
    Program([Augment(x, np.array(maps, np.float64), fill, *rest)]).run()
    return y


def images(rng, kind, *shape):
    return bytes_of(rng, *shape) if kind == "uint8" else normals(rng, *shape)


each_type = pytest.mark.parametrize("kind", ["uint8", "float32"])

# --- the kernel ---


@each_type
@pytest.mark.parametrize("c", [1, 2, 3, 4, 5, 8, 19])
def test_whole_pixels_are_copies(kind, c, isa):
    rng = seed(1)
    for ih, iw in SIZES:
        maps = [
            [[down, 0, top], [0, right, left]]
            for down in (1, -1)
            for right in (1, -1)
            for top, left in [(0, 0), (ih, iw), (-1, 2), (2, -1), (99, 0), (-99, -3), (1, -99)]
        ]
        x = images(rng, kind, len(maps), ih, iw, c)
        y = swept(x, maps, (5, 4), 0.25)
        np.testing.assert_array_equal(y, reference.warp(levels(x), maps, (5, 4), 0.25).astype("f"))


@each_type
@pytest.mark.parametrize("c", [1, 3, 4, 7])
def test_any_map_is_bilinear(kind, c, isa):
    rng = seed(2)
    for ih, iw in SIZES:
        maps = rng.normal(0, 1, (6, 2, 3)) * [1, 1, 3]
        x = images(rng, kind, 6, ih, iw, c)
        y, expected = swept(x, maps, (6, 5), -2.5), reference.warp(levels(x), maps, (6, 5), -2.5)
        np.testing.assert_allclose(y, expected, rtol=0, atol=2e-6 * np.abs(x).max() / 4)


@each_type
def test_a_standing_image_is_itself(kind, isa):
    """Also where a map says so by numbers that are not whole."""
    x = images(seed(3), kind, 2, 6, 7, 3)
    standing = np.array([[[1, 0, 0], [0, 1, 0]]] * 2, np.float64)
    np.testing.assert_array_equal(swept(x, standing), levels(x))
    standing[:, 0, 1] = 1e-300  # by the way of all others
    np.testing.assert_array_equal(swept(x, standing), levels(x))


@pytest.mark.parametrize("c", [1, 3])
def test_colors(c, isa, n_threads):
    rng = seed(4)
    for size in [(1, 1), (1, 2), (5, 7), (9, 33)]:
        x = rng.random((4, *size, c), np.float32)
        colors = rng.normal(0, 0.7, (4, 2, c, c)).astype(np.float32)
        y = swept(x, [[[1, 0, 0], [0, 1, 0]]] * 4, colors=colors)
        np.testing.assert_allclose(y, reference.recolor(x, colors), rtol=0, atol=2e-6)
        assert y.min() >= 0
        assert y.max() <= 1


def test_colors_keep_nan_where_it_is(isa):
    x = np.full((1, 4, 5, 3), 0.5, np.float32)
    x[0, 2, 3] = np.nan
    colors = np.stack([np.eye(3), np.zeros((3, 3))])[None].astype(np.float32)
    same = np.zeros((1, 2, 3))
    same[:, 0, 0] = same[:, 1, 1] = 1
    y = swept(x, same, colors=np.ascontiguousarray(colors))
    assert np.isnan(y[0, 2, 3]).all()


@pytest.mark.parametrize("c", [1, 3, 6])
def test_all_at_once(c, isa, n_threads):
    rng = seed(5)
    x, maps = bytes_of(rng, 5, 9, 8, c), rng.normal(0, 1, (5, 2, 3)) * [1, 1, 6]
    colors = rng.normal(0, 0.5, (5, 2, c, c)).astype(np.float32) if c < 4 else None
    mean, scale = rng.random(c).astype("f"), 1 + rng.random(c).astype("f")
    boxes = np.array([[0, 0, 0, 0], [0, 7, 0, 6], [2, 3, 1, 5], [0, 1, 5, 6], [6, 7, 0, 1]])
    y = swept(x, maps, (7, 6), 0.5, colors, mean, scale, boxes, 3.0)
    expected = reference.warp(levels(x), maps, (7, 6), 0.5)
    if colors is not None:
        expected = reference.recolor(expected, colors)
    expected = reference.cover((expected - mean) * scale, boxes, 3.0)
    np.testing.assert_allclose(y, expected, rtol=0, atol=4e-6)
    assert (y == 3.0).sum() == c * (42 + 4 + 1 + 1)


def test_blend(isa, n_threads):
    rng = seed(6)
    for size in (1, 3, 17, 3000):
        x, partner = normals(rng, 7, size), rng.permutation(7)
        weight, y = rng.random(7, np.float32), np.empty((7, size), np.float32)
        weight[:2] = 0, 1
        Program([Blend(x, partner, weight, y)]).run()
        expected = reference.blend(x, partner, weight)
        np.testing.assert_allclose(y, expected, rtol=0, atol=2e-6)
        np.testing.assert_array_equal(y[0], x[0])


# --- what is drawn ---


def test_numbers_are_those_of_the_specification():
    draws = Draws(seed(7), 50)
    for count in (1, 2, 3):
        expected = [reference.uniform(int(key), count) for key in draws.keys]
        np.testing.assert_array_equal(draws.uniform(), expected)
    many = Draws(seed(8), 100_000)
    a, b = many.uniform(), many.uniform()
    for numbers in (a, b):
        counts = np.histogram(numbers, 20, (0, 1))[0]
        assert np.abs(counts - 5000).max() < 5 * 5000**0.5
    assert abs(np.corrcoef(a, b)[0, 1]) < 5 / 100_000**0.5
    whole, counts = np.unique(many.whole(-2, 2), return_counts=True)
    assert whole.tolist() == [-2, -1, 0, 1, 2]
    assert np.abs(counts - 20_000).max() < 5 * 20_000**0.5


class Keys(np.random.Generator):
    """A generator that gives these keys."""

    def __init__(self, keys):
        super().__init__(np.random.PCG64(0))
        self.keys = keys

    def integers(self, *_args, **_kwargs):
        return self.keys


@pytest.mark.parametrize("augment", [*MOVES, JITTER, data.Cutout(3)], ids=repr)
def test_a_sample_depends_on_its_key_alone(augment):
    x, keys = bytes_of(seed(9), 40, 12, 13, 3), seed(10).integers(1 << 64, size=40, dtype="u8")
    y = augment(x, Keys(keys))
    order = seed(11).permutation(40)[:23]
    np.testing.assert_array_equal(augment(x[order], Keys(keys[order])), y[order])
    assert len({image.tobytes() for image in augment(x[[0] * 40], Keys(keys))}) > 1


@pytest.mark.parametrize("n", range(1, 9))
def test_same_bits_for_any_number_of_threads(n):
    x = bytes_of(seed(12), 30, 40, 30, 3)
    chain = data.Chain(*MOVES, JITTER, data.Normalize(0.5, 0.2), data.Cutout(3))
    with threads.use_threads(1):
        expected = chain(x, seed(13))
    with threads.use_threads(n):
        np.testing.assert_array_equal(chain(x, seed(13)), expected)
    assert not np.array_equal(chain(x, seed(14)), expected)


def test_flip_mirrors_half_of_the_images():
    x = bytes_of(seed(15), 1000, 2, 3, 3)
    y = data.Flip()(x, seed(16))
    mirrored = (y == levels(x)[:, :, ::-1]).all((1, 2, 3))
    assert ((y == levels(x)).all((1, 2, 3)) | mirrored).all()
    assert 400 < mirrored.sum() < 600


def test_crop_takes_every_place_equally_often():
    x = np.arange(1.0, 31).reshape(1, 5, 6, 1).repeat(6000, 0)
    y = data.Crop((3, 4), padding=1, fill=-1)(x, seed(17))
    padded = np.pad(x[0, :, :, 0], 1, constant_values=-1)
    places = {padded[i : i + 3, j : j + 4].tobytes(): 0 for i in range(5) for j in range(5)}
    for image in y.astype(np.float64):
        places[image.tobytes()] += 1
    assert len(places) == 25
    assert abs(np.array(list(places.values())) - 240).max() < 5 * 240**0.5


def test_shift_is_a_crop_of_the_own_size():
    x = bytes_of(seed(18), 50, 4, 5, 2)
    y = data.Shift(2)(x, seed(19))
    np.testing.assert_array_equal(y, data.Crop((4, 5), padding=2)(x, seed(19)))
    np.testing.assert_array_equal(data.Shift(0)(x, seed(20)), levels(x))


def places_of(augment, n, h, w):
    """Where the pixels of the new images stood: (n, oh, ow, 2), from maps of the axes."""
    grid = np.stack(np.meshgrid(np.arange(h), np.arange(w), indexing="ij"), -1)
    return augment(np.broadcast_to(grid, (n, h, w, 2)).astype(np.float32), seed(21))


def test_resized_crop_draws_area_and_ratio_evenly():
    y = places_of(data.ResizedCrop(9), 4000, 300, 300)
    height, width = (y[:, 7, 7] - y[:, 1, 1]).T * (9 / 6)
    area, ratio = height * width / 300**2, np.log(width / height)
    assert area.min() >= 0.0799
    assert area.max() <= 1.0001
    assert np.abs(ratio).max() <= np.log(4 / 3) + 1e-4
    counts = np.histogram(area, 10, (0.08, 1))[0]
    assert np.abs(counts - 400).max() < 5 * 20
    small = np.abs(area) < 0.5  # where every ratio fits
    counts = np.histogram(ratio[small], 10, (-np.log(4 / 3), np.log(4 / 3)))[0]
    assert np.abs(counts - small.sum() / 10).max() < 5 * (small.sum() / 10) ** 0.5


@pytest.mark.parametrize("size", [(10, 200), (200, 10), (1, 1)])
def test_resized_crop_of_narrow_images_fits(size):
    y = places_of(data.ResizedCrop((6, 7)), 200, *size)
    assert (y >= 0).all()
    assert (y <= np.subtract(size, 1)).all()


def test_rotate_turns_around_the_centre():
    y = places_of(data.Rotate(40), 3000, 21, 31)
    np.testing.assert_allclose(y[:, 10, 15], [[10, 15]] * 3000, atol=1e-4)
    down, right = (y[:, 10, 18] - y[:, 10, 15]).T
    np.testing.assert_allclose(down**2 + right**2, 9, rtol=1e-4)
    degrees = np.degrees(np.arctan2(-down, right))
    counts = np.histogram(degrees, 10, (-40, 40))[0]
    assert counts.sum() == 3000
    assert np.abs(counts - 300).max() < 5 * 300**0.5


def test_jitter_is_one_change_after_the_other():
    x = 0.4 + 0.2 * seed(22).random((60, 5, 6, 3))  # nothing reaches 0 or 1
    luma = [0.299, 0.587, 0.114]
    y = data.ColorJitter(0.2, 0.2, 0.2, 0.0)(x, seed(23))
    draws = Draws(seed(23), 60)
    b, f, s = (draws.uniform(0.8, 1.2)[:, None, None, None] for _ in range(3))
    expected = b * x
    expected = f * expected + (1 - f) * (expected @ luma).mean((1, 2))[:, None, None, None]
    expected = s * expected + (1 - s) * (expected @ luma)[..., None]
    np.testing.assert_allclose(y, expected, atol=1e-6)
    turned = data.ColorJitter(hue=0.5)(x, seed(24))
    np.testing.assert_allclose(turned @ luma, x @ luma, atol=1e-6)
    assert np.abs(turned - x).max() > 0.05


def test_no_jitter_is_no_change():
    x = seed(25).random((4, 5, 6, 3), np.float32)
    np.testing.assert_allclose(data.ColorJitter()(x, seed()), x, rtol=0, atol=1e-6)
    grey = x[..., :1]
    np.testing.assert_array_equal(data.ColorJitter(saturation=1, hue=0.5)(grey, seed()), grey)


def test_cutout_covers_a_box_around_any_pixel():
    y = data.Cutout((3, 4), fill=7.0)(np.zeros((4000, 6, 8, 1)), seed(26))[..., 0]
    sizes = (y == 7.0).sum((1, 2))
    assert sizes.max() == 12
    assert sizes.min() == 2 * 2
    share = (y == 7.0).mean(0)
    assert share[3, 4] == pytest.approx(3 * 4 / 48, abs=0.05)


def test_mixup_blends_images_and_labels_alike():
    x, y = np.eye(50).reshape(50, 5, 10, 1), np.arange(50)
    mixed, targets = data.MixUp(50, alpha=1.0)(x, y, seed(27))
    np.testing.assert_allclose(mixed.reshape(50, 50), targets, atol=1e-6)
    np.testing.assert_allclose(targets.sum(1), 1, atol=1e-6)
    own = np.diag(targets)
    assert 0.3 < own.mean() < 0.7
    assert ((targets > 0).sum(1) <= 2).all()


# --- chains ---


def test_moves_are_read_once():
    """A picture that was shifted out and back again is whole, and two turns blur like one."""
    x = bytes_of(seed(28), 30, 8, 8, 3)
    chain = data.Chain(data.Crop(16, padding=4), data.Crop(8))
    assert not (chain(x, seed(29)) == 0).all((1, 2, 3)).any()
    y = data.Chain(data.Rotate(0.0), data.Crop(12, padding=2))(x, seed(30))
    assert {*np.unique(y)} <= {*np.unique(levels(x)), 0.0}


def test_a_chain_is_one_change_after_the_other():
    x, seen = bytes_of(seed(31), 20, 9, 9, 3), []

    def own(x, rng):
        assert x.dtype == np.float32
        seen.append(x)
        return x + 1

    cover, shift = data.Cutout(4), data.Shift(2)
    y = data.Chain(cover, own, data.Chain(shift, data.Normalize(1.0, 0.5)))(
        x, Keys(keys := Draws(seed(32), 20).keys)
    )
    np.testing.assert_array_equal(seen[0], cover(x, Keys(keys)))
    assert y.min() == -2  # the shift has brought in zeros
    assert y.max() == 2
    np.testing.assert_array_equal(data.Chain()(x, seed()), levels(x))


def test_changes_out_of_turn_get_a_sweep_of_their_own():
    x = np.full((30, 6, 6, 3), 255, np.uint8)
    y = data.Chain(data.Cutout(2, fill=0.5), data.Normalize(1.0, 0.5), data.Shift(2, fill=9))(
        x, seed()
    )
    assert {*np.unique(y)} == {-1.0, 0.0, 9.0}
    y = data.Chain(data.Shift(2, fill=8), data.Shift(2, fill=9))(x, seed())
    assert {*np.unique(y)} == {1.0, 8.0, 9.0}


@pytest.mark.parametrize("augment", [*MOVES, JITTER, data.Cutout(3), data.Chain(JITTER)], ids=repr)
def test_names_say_how_to_make_it_again(augment):
    again = eval(repr(augment), {name: getattr(data, name) for name in data.__all__})
    x = bytes_of(seed(33), 5, 12, 12, 3)
    np.testing.assert_array_equal(again(x, seed(34)), augment(x, seed(34)))


def test_the_batch_stays_as_it_is():
    x = seed(35).random((6, 8, 8, 3), np.float32)[::-1, :, ::-1]
    before = x.copy()
    y = data.Chain(data.Crop(8), JITTER)(x, seed())
    np.testing.assert_array_equal(x, before)
    assert not np.may_share_memory(x, y)
    assert_exact(data.Crop(8)(x, seed()), before)


# --- what is refused ---

REFUSED = {
    "pixels must be an int: got 1.5": lambda: data.Shift(1.5),
    "pixels must be >= 0: got -1": lambda: data.Shift(-1),
    "fill must be in": lambda: data.Shift(fill=float("nan")),
    "size must be >= 1: got 0": lambda: data.Crop(0),
    "padding must be >= 0: got -2": lambda: data.Crop(3, padding=-2),
    "scale must be a pair (smallest, largest): got 0.5": lambda: data.ResizedCrop(3, scale=0.5),
    "scale must be in [0.5, 1]: got 0.2": lambda: data.ResizedCrop(3, scale=(0.5, 0.2)),
    "ratio must be in": lambda: data.ResizedCrop(3, ratio=(0, 1)),
    "degrees must be in [0, 180]: got 181": lambda: data.Rotate(181),
    "brightness must be in [0, 1]: got 1.1": lambda: data.ColorJitter(1.1),
    "contrast must be a number: got '1'": lambda: data.ColorJitter(0, "1"),
    "saturation must be in [0, 1]: got -0.1": lambda: data.ColorJitter(0, 0, -0.1),
    "hue must be in [0, 0.5]: got 0.6": lambda: data.ColorJitter(hue=0.6),
    "std must be > 0: got [1.0, 0.0]": lambda: data.Normalize([0.5, 0.5], [1.0, 0.0]),
    "mean must have 1 dimensions": lambda: data.Normalize([[0.5]], 1.0),
    "mean must be finite numbers": lambda: data.Normalize([np.inf], 1.0),
    "size must be an int or a pair of ints: got 2.5": lambda: data.Cutout(2.5),
    "classes must be >= 1: got 0": lambda: data.MixUp(0),
    "alpha must be in": lambda: data.MixUp(3, alpha=0),
    "changes must be callables change(x, rng): got 3": lambda: data.Chain(3),
}
X = np.zeros((2, 6, 6, 2), np.uint8)
REFUSED_IMAGES = {
    "x must be images (n, h, w, c): got shape (6, 6)": lambda: data.Flip()(X[0, :, :, 0], seed()),
    "x must not be empty: got shape (0, 6, 6, 2)": lambda: data.Flip()(X[:0], seed()),
    "x must hold real numbers": lambda: data.Flip()(X.astype(complex), seed()),
    "rng must be a numpy.random.Generator: got 3": lambda: data.Flip()(X, 3),
    "size must be at most that of the images (6, 6) with their padding 1: got (9, 9)": lambda: (
        data.Crop(9, padding=1)(X, seed())
    ),
    "x must have 1 or 3 channels, to have colours: got 2": lambda: JITTER(X, seed()),
    "mean must be a number or one for each of the 2 channels of x: got 3": lambda: data.Normalize(
        [0, 0, 0], 1.0
    )(X, seed()),
    "labels must be from 0 to 1: got 2 at row 1": lambda: data.MixUp(2)(X, [0, 2], seed()),
    "must give 2 samples: got 1": lambda: data.Chain(lambda x, rng: x[:1])(X, seed()),
}


@pytest.mark.parametrize("words", [*REFUSED, *REFUSED_IMAGES])
def test_refuses(words):
    with pytest.raises((ValueError, TypeError)) as caught:
        {**REFUSED, **REFUSED_IMAGES}[words]()
    assert words in str(caught.value)
