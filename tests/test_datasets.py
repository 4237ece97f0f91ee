"""Data sets by name: found, or fetched, or it is said what to put where."""

import hashlib
import http.server
import shutil
import threading
from dataclasses import replace

import numpy as np
import pytest

from fastcnn import data
from fastcnn.data import datasets, download, folders
from fastcnn.data.digits import FILES, SAMPLE_FOLDER

DIGITS = data.DATASETS["mnist"]


@pytest.fixture(autouse=True)
def nothing_is_there(tmp_path, monkeypatch):
    """An environment without data, and without a network."""
    monkeypatch.delenv("FASTCNN_DATA", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(folders.sys, "platform", "linux")

    def offline(file, addresses, folder):
        raise OSError("no network")

    monkeypatch.setattr(datasets, "fetch", offline)


# --- the table ---


@pytest.mark.parametrize("name", data.DATASETS)
def test_table(name):
    each = data.DATASETS[name]
    assert each.name == name
    assert getattr(data, name).__doc__
    assert len(each.classes) == len(set(each.classes)) == {"cifar100": 100}.get(name, 10)
    assert sum(each.counts) in (60_000, 70_000)
    assert all(len(bytes.fromhex(file.sha256)) == 32 for file in each.files)
    assert len({file.sha256 for file in each.files}) == len(each.files)
    assert all(address.endswith("/") and "://" in address for address in each.addresses)
    assert each.bytes == sum(file.bytes for file in each.files) > 10**7
    assert each.place is None
    assert "lambda" not in repr(each)


def test_names_of_classes_are_in_order():
    assert list(data.DATASETS["cifar100"].classes) == sorted(data.DATASETS["cifar100"].classes)


# --- where they are found ---


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
@pytest.mark.parametrize(
    "place",
    ["data/{}", "home/.cache/fastcnn/{}", "xdg/fastcnn/{}", "home/Library/Caches/fastcnn/{}"],
)
def test_places(tmp_path, monkeypatch, name, place):
    if place.startswith("data"):
        monkeypatch.setenv("FASTCNN_DATA", str(tmp_path / "data"))
    elif place.startswith("xdg"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    elif "Library" in place:
        monkeypatch.setattr(folders.sys, "platform", "darwin")
    shutil.copytree(SAMPLE_FOLDER, tmp_path / place.format(name))
    (x, y), _ = getattr(data, name)()
    assert (x.shape, y.shape) == ((5000, 28, 28, 1), (5000,))
    assert data.DATASETS[name].place == tmp_path / place.format(name)


def test_sets_of_the_same_form_are_not_mixed_up(tmp_path, monkeypatch):
    monkeypatch.setenv("FASTCNN_DATA", str(tmp_path))
    shutil.copytree(SAMPLE_FOLDER, tmp_path, dirs_exist_ok=True)
    shutil.copytree(SAMPLE_FOLDER, tmp_path / "mnist")
    data.mnist()
    with pytest.raises(FileNotFoundError, match="Fashion-MNIST is not in"):
        data.fashion_mnist()


@pytest.mark.parametrize("name", data.DATASETS)
@pytest.mark.parametrize("wanted", [True, False])
def test_says_what_to_put_where(tmp_path, monkeypatch, name, wanted):
    each = data.DATASETS[name]
    for root in (tmp_path / "home/.cache/fastcnn", tmp_path / "data"):
        with pytest.raises(FileNotFoundError) as error:
            getattr(data, name)(download=wanted)
        text = str(error.value)
        assert f"into {root / name}" in text
        assert "FASTCNN_DATA" in text
        assert all(file.name in text for file in each.files)
        assert all(address in text for address in each.addresses)
        assert ("no network" if wanted else "downloading was not asked for") in text
        monkeypatch.setenv("FASTCNN_DATA", str(tmp_path / "data"))


def test_a_named_folder_is_not_filled(tmp_path, monkeypatch):
    for load in (data.mnist, data.cifar10):
        with pytest.raises(FileNotFoundError, match="absent"):
            load(tmp_path / "absent")
    assert not (tmp_path / "absent").exists()


def test_says_what_is_still_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("FASTCNN_DATA", str(tmp_path))
    shutil.copytree(SAMPLE_FOLDER, tmp_path / "mnist")
    (tmp_path / "mnist" / f"{FILES[2]}.gz").unlink()
    with pytest.raises(FileNotFoundError, match=rf"Put {FILES[2]}.gz into"):
        data.mnist()


def test_without_pooch(monkeypatch):
    def missing(module, extra):
        raise ModuleNotFoundError(f"{module} is not installed: pip install 'fastcnn[{extra}]'")

    monkeypatch.setattr(datasets, "fetch", download.fetch)
    monkeypatch.setattr(download, "require", missing)
    with pytest.raises(FileNotFoundError, match=r"pooch is not installed.*fastcnn\[data\].*Put"):
        data.mnist()


# --- fetching, from a server of our own ---


@pytest.fixture
def server(tmp_path):
    """The address of a server that gives the sample, and what it was asked for."""
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(SAMPLE_FOLDER))

        def log_message(self, *_):
            asked.append(self.path.lstrip("/"))

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/", asked
        running.shutdown()
        thread.join()


@pytest.fixture
def sample(monkeypatch, server):
    """MNIST, as if its files were those of the sample."""
    pytest.importorskip("pooch")
    files = []
    for name in FILES:
        content = (SAMPLE_FOLDER / f"{name}.gz").read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        files.append(download.File(f"{name}.gz", len(content), digest))
    own = replace(DIGITS, files=tuple(files), addresses=(f"{server[0]}gone/", server[0]))
    monkeypatch.setitem(data.DATASETS, "mnist", own)
    monkeypatch.setattr(datasets, "fetch", download.fetch)
    return own


def test_fetched_once(tmp_path, monkeypatch, sample, server):
    monkeypatch.setenv("FASTCNN_DATA", str(tmp_path / "data"))
    (x, _), _ = data.mnist()
    assert x.shape == (5000, 28, 28, 1)
    assert sorted(path.name for path in (tmp_path / "data/mnist").iterdir()) == sorted(
        file.name for file in sample.files
    )
    asked = len(server[1])
    np.testing.assert_array_equal(data.mnist()[0][0], x)
    assert len(server[1]) == asked
    (tmp_path / "data/mnist" / sample.files[3].name).unlink()
    data.mnist()  # after a download that was stopped
    assert server[1][asked:][-1] == sample.files[3].name
    assert all(sample.files[3].name in name for name in server[1][asked:])


def test_another_digest_is_refused(tmp_path, monkeypatch, sample):
    wrong = replace(sample.files[1], sha256="0" * 64)
    files = (sample.files[0], wrong, *sample.files[2:])
    monkeypatch.setitem(data.DATASETS, "mnist", replace(sample, files=files))
    with pytest.raises(FileNotFoundError, match=f"{wrong.name}.*hash") as error:
        data.mnist()
    assert "404" in str(error.value)  # what the other address said
    folder = tmp_path / "home/.cache/fastcnn/mnist"
    assert [path.name for path in folder.iterdir()] == [sample.files[0].name]


def test_no_server(sample, monkeypatch):
    nowhere = replace(sample, addresses=("http://127.0.0.1:9/",))
    monkeypatch.setitem(data.DATASETS, "mnist", nowhere)
    with pytest.raises(
        FileNotFoundError, match=r"http://127\.0\.0\.1:9/train-images.*refused.*Put"
    ):
        data.mnist()
