"""Data sets by name: read from this machine, or fetched once from where they are published."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fastcnn.data import cifar, digits
from fastcnn.data.cifar import CIFAR10, CIFAR100
from fastcnn.data.digits import Labelled
from fastcnn.data.download import File, fetch
from fastcnn.data.folders import data_folders
from fastcnn.kernels.gate import Shape

Sets = tuple[Labelled, Labelled]


@dataclass(frozen=True)
class Dataset:
    """A published data set.

    Attributes
    ----------
    name, title : str
        As in `DATASETS`; and what it is.
    shape : tuple of int
        Of one image: (height, width, channels).
    classes : tuple of str
        The name of each class.
    counts : (int, int)
        Images for training and for testing.
    files : tuple of File
        What is published: name, bytes, SHA-256.
    addresses : tuple of str
        Where: each is followed by the name of a file.
    """

    name: str
    title: str
    shape: Shape
    classes: tuple[str, ...]
    counts: tuple[int, int]
    files: tuple[File, ...]
    addresses: tuple[str, ...]
    read: Callable[[Path], Sets] = field(repr=False)
    missing: Callable[[Path], list[str]] = field(repr=False)

    @property
    def bytes(self) -> int:
        """What is downloaded."""
        return sum(file.bytes for file in self.files)

    @property
    def place(self) -> Path | None:
        """The folder on this machine that holds all files, or None."""
        for folder in data_folders(self.name):
            if not self.missing(folder):
                return folder
        return None

    def load(self, folder: str | os.PathLike | None = None, download: bool = True) -> Sets:
        """Training and test set; see `mnist` for the arguments."""
        return self.read(self.find(folder, download))

    def find(self, folder: str | os.PathLike | None = None, download: bool = True) -> Path:
        """The folder with all files, which are fetched first where they must be and may be.

        Raises
        ------
        FileNotFoundError
            They are not on this machine, and could not be fetched: says what to put where.
        """
        if folder is not None:
            return Path(folder)
        if (place := self.place) is not None:
            return place
        target = data_folders(self.name)[0]
        wanted = [file for file in self.files if file.name in self.missing(target)]
        reason = "downloading was not asked for"
        if download:
            try:
                for file in wanted:
                    fetch(file, self.addresses, target)
            except (OSError, ModuleNotFoundError) as error:
                reason = str(error)
            else:
                return target
        looked = ", ".join(map(str, data_folders(self.name)))
        names = ", ".join(file.name for file in wanted)
        raise FileNotFoundError(
            f"{self.title} is not in {looked}, and was not fetched ({reason}). Put {names} into "
            f"{target}, or into the folder {self.name} of what FASTCNN_DATA names; they are at "
            f"{' and '.join(self.addresses)}"
        )


def mnist(folder: str | os.PathLike | None = None, download: bool = True) -> Sets:
    """MNIST: 70,000 handwritten digits.

    Parameters
    ----------
    folder : path, optional
        Where the four files lie, as published: with or without ``.gz``, and with a dot or a dash
        before ``idx``; nothing is downloaded then. Default: ``$FASTCNN_DATA/mnist`` or the user's
        cache.
    download : bool, default True
        Fetch the files, once, where they are in neither; needs pooch, the extra "data".

    Returns
    -------
    (x, y), (xt, yt) : pairs of ndarray
        Training and test set: images uint8 (n, 28, 28, 1), white on black, and labels int64 (n,).
        Models and loaders take such bytes as numbers in [0, 1].

    Raises
    ------
    FileNotFoundError
        A file is missing; the message says what to put where.
    ValueError
        A file is damaged, or images and labels do not belong together.

    References
    ----------
    .. [1] Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document
       recognition", Proceedings of the IEEE 86(11), 1998.

    Examples
    --------
    >>> from fastcnn import data
    >>> (x, y), (xt, yt) = data.mnist()  # doctest: +SKIP
    >>> x.shape, xt.shape  # doctest: +SKIP
    ((60000, 28, 28, 1), (10000, 28, 28, 1))
    """
    return DATASETS["mnist"].load(folder, download)


def fashion_mnist(folder: str | os.PathLike | None = None, download: bool = True) -> Sets:
    """Fashion-MNIST: 70,000 articles of clothing, in the form of `mnist`, whose arguments it has.

    References
    ----------
    .. [1] H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking
       machine learning algorithms", arXiv:1708.07747, 2017.

    Examples
    --------
    >>> from fastcnn import data
    >>> (x, y), (xt, yt) = data.fashion_mnist()  # doctest: +SKIP
    >>> data.DATASETS["fashion_mnist"].classes[9]
    'ankle boot'
    """
    return DATASETS["fashion_mnist"].load(folder, download)


def cifar10(folder: str | os.PathLike | None = None, download: bool = True) -> Sets:
    """CIFAR-10: 60,000 colour photographs in ten classes.

    Parameters
    ----------
    folder : path, optional
        Where ``cifar-10-binary.tar.gz`` lies, or what is in it; nothing is downloaded then.
        Default: ``$FASTCNN_DATA/cifar10`` or the user's cache.
    download : bool, default True
        Fetch the archive, once, where it is in neither; needs pooch, the extra "data".

    Returns
    -------
    (x, y), (xt, yt) : pairs of ndarray
        Training and test set: images uint8 (n, 32, 32, 3), red, green, blue, and labels int64 (n,),
        whose names are ``DATASETS["cifar10"].classes``. Models and loaders take such bytes as
        numbers in [0, 1].

    Raises
    ------
    FileNotFoundError
        A file is missing; the message says what to put where.
    ValueError
        A file is damaged.

    References
    ----------
    .. [1] A. Krizhevsky, "Learning multiple layers of features from tiny images", technical report,
       University of Toronto, 2009.

    Examples
    --------
    >>> from fastcnn import data
    >>> (x, y), (xt, yt) = data.cifar10()  # doctest: +SKIP
    >>> x.shape, xt.shape  # doctest: +SKIP
    ((50000, 32, 32, 3), (10000, 32, 32, 3))
    """
    return DATASETS["cifar10"].load(folder, download)


def cifar100(
    folder: str | os.PathLike | None = None, download: bool = True, coarse: bool = False
) -> Sets:
    """CIFAR-100: 60,000 colour photographs in 100 classes, in the form of `cifar10`.

    Parameters
    ----------
    folder, download
        As for `cifar10`; the archive is ``cifar-100-binary.tar.gz``.
    coarse : bool, default False
        The labels are those of the 20 groups of classes.

    Examples
    --------
    >>> from fastcnn import data
    >>> (x, y), (xt, yt) = data.cifar100()  # doctest: +SKIP
    >>> data.DATASETS["cifar100"].classes[:3]
    ('apple', 'aquarium fish', 'baby')
    """
    return cifar.read(DATASETS["cifar100"].find(folder, download), CIFAR100, 0 if coarse else 1)


def _files(*digests: tuple[int, str]) -> tuple[File, ...]:
    return tuple(
        File(f"{name}.gz", *each) for name, each in zip(digits.FILES, digests, strict=True)
    )


_FINE = """
apple,aquarium fish,baby,bear,beaver,bed,bee,beetle,bicycle,bottle,bowl,boy,bridge,bus,butterfly,
camel,can,castle,caterpillar,cattle,chair,chimpanzee,clock,cloud,cockroach,couch,crab,crocodile,
cup,dinosaur,dolphin,elephant,flatfish,forest,fox,girl,hamster,house,kangaroo,keyboard,lamp,
lawn mower,leopard,lion,lizard,lobster,man,maple tree,motorcycle,mountain,mouse,mushroom,oak tree,
orange,orchid,otter,palm tree,pear,pickup truck,pine tree,plain,plate,poppy,porcupine,possum,
rabbit,raccoon,ray,road,rocket,rose,sea,seal,shark,shrew,skunk,skyscraper,snail,snake,spider,
squirrel,streetcar,sunflower,sweet pepper,table,tank,telephone,television,tiger,tractor,train,
trout,tulip,turtle,wardrobe,whale,willow tree,wolf,woman,worm
"""

#: The data sets that are known by name. Digests and sizes are those of TensorFlow Datasets'
#: tables of checksums; the same files have the MD5 digests that torchvision and their authors give.
DATASETS = {
    each.name: each
    for each in (
        Dataset(
            name="mnist",
            title="MNIST",
            shape=(28, 28, 1),
            classes=tuple("0123456789"),
            counts=(60_000, 10_000),
            files=_files(
                (9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
                (28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
                (1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
                (4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
            ),
            addresses=(
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
                "https://storage.googleapis.com/cvdf-datasets/mnist/",
            ),
            read=digits.read,
            missing=digits.missing,
        ),
        Dataset(
            name="fashion_mnist",
            title="Fashion-MNIST",
            shape=(28, 28, 1),
            classes=(
                *("T-shirt/top", "trouser", "pullover", "dress", "coat"),
                *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
            ),
            counts=(60_000, 10_000),
            files=_files(
                (26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
                (29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
                (4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
                (5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
            ),
            addresses=(
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            ),
            read=digits.read,
            missing=digits.missing,
        ),
        Dataset(
            name="cifar10",
            title="CIFAR-10",
            shape=(32, 32, 3),
            classes=(
                *("airplane", "automobile", "bird", "cat", "deer"),
                *("dog", "frog", "horse", "ship", "truck"),
            ),
            counts=(50_000, 10_000),
            files=(
                File(
                    CIFAR10.archive,
                    170052171,
                    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                ),
            ),
            addresses=("https://www.cs.toronto.edu/~kriz/",),
            read=lambda folder: cifar.read(folder, CIFAR10),
            missing=lambda folder: cifar.missing(folder, CIFAR10),
        ),
        Dataset(
            name="cifar100",
            title="CIFAR-100",
            shape=(32, 32, 3),
            classes=tuple(_FINE.replace("\n", "").split(",")),
            counts=(50_000, 10_000),
            files=(
                File(
                    CIFAR100.archive,
                    168513733,
                    "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
                ),
            ),
            addresses=("https://www.cs.toronto.edu/~kriz/",),
            read=lambda folder: cifar.read(folder, CIFAR100),
            missing=lambda folder: cifar.missing(folder, CIFAR100),
        ),
    )
}
