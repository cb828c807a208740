import zipfile

import h5py
import numpy as np
import pytest
import scipy.sparse

from amp_net.measurements import camera_data, number_files


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,2\n3,4\n", [[1, 2], [3, 4]]),
        ("1 2\n3 nan\n", [[1, 2], [3, np.nan]]),
        ("# a comment\n\n1\n-2e3\n", [[1], [-2000]]),
        ("1,5;2\n3;4,25\n", [[1.5, 2], [3, 4.25]]),
        ("1\t2\r\n", [[1, 2]]),
        ("\ufeffpattern,counts\n0,50\n1,60\n", [50, 60]),
    ],
)
def test_tables_of_text(text, expected, tmp_path):
    (tmp_path / "y.csv").write_text(text, encoding="utf-8")
    np.testing.assert_array_equal(number_files.read(tmp_path / "y.csv", meant=("counts",)), expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2\n3\n", "no table of numbers: the number of columns changed from 2 to 1"),
        ("1,2\n3,x\n", "no table of numbers: could not convert string 'x'"),
        ("a,b\n1,2\n", "holds a, b; say which variable"),
        ("a,a\n1,2\n", "give each column one name"),
        ("a b\n", "a line of text"),
        ("# nothing\n", "no real numbers"),
    ],
)
def test_other_texts_are_refused(text, message, tmp_path):
    (tmp_path / "y.csv").write_text(text)
    with pytest.raises(ValueError, match=message) as caught:
        number_files.read(tmp_path / "y.csv")
    assert "y.csv" in str(caught.value)


def test_a_table_that_ends_within_a_line_is_said(tmp_path, caplog):
    for text, said in (("1\n2\n", 0), ("1\n2", 1)):
        (tmp_path / "y.txt").write_text(text)
        number_files.read(tmp_path / "y.txt")
        assert caplog.text.count("ends within a line") == said


def test_matlab_7_3(tmp_path, rng):
    """As MATLAB writes it: behind its own header, axes in reverse, the class as an attribute."""
    matrix = rng.normal(size=(3, 5))
    sparse = scipy.sparse.random(4, 6, 0.3, "csc", random_state=1)
    with h5py.File(tmp_path / "phi.mat", "w", userblock_size=512) as file:
        file.create_dataset("Phi", data=matrix.T).attrs["MATLAB_class"] = np.bytes_("double")
        file.create_dataset("note", data=np.ones((3, 1), "u2")).attrs["MATLAB_class"] = np.bytes_("char")
        group = file.create_group("A")
        group.attrs["MATLAB_class"], group.attrs["MATLAB_sparse"] = np.bytes_("double"), np.uint64(4)
        for name, values in (("data", sparse.data), ("ir", sparse.indices), ("jc", sparse.indptr)):
            group[name] = values
    np.testing.assert_array_equal(number_files.read(tmp_path / "phi.mat", "Phi"), matrix)
    np.testing.assert_array_equal(number_files.read(tmp_path / "phi.mat", "A"), sparse.toarray())
    with pytest.raises(ValueError, match="holds A, Phi; say which variable"):
        number_files.read(tmp_path / "phi.mat")
    assert camera_data.read_array(tmp_path / "phi.mat", meant=("phi",)).dtype == np.float32


def test_archives_of_named_arrays(tmp_path):
    np.savez(tmp_path / "y.npz", Y=np.arange(3), other=np.eye(2), text="text")
    assert number_files.is_numbers(tmp_path / "y.npz")
    np.testing.assert_array_equal(number_files.read(tmp_path / "y.npz", meant=("y",)), [0, 1, 2])
    np.testing.assert_array_equal(number_files.read(tmp_path / "y.npz", "other"), np.eye(2))
    for variable, message in ((None, "holds Y, other; say"), ("text", "holds Y, other, text; say")):
        with pytest.raises(ValueError, match=message):
            number_files.read(tmp_path / "y.npz", variable)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("count", [3, 100_000])
def test_an_altered_number_of_an_archive_is_noticed(save, count, tmp_path, rng):
    save(tmp_path / "y.npz", y=rng.integers(0, 2**60, count))
    content = bytearray((tmp_path / "y.npz").read_bytes())
    content[content.index(b"PK\x01\x02") - 9] ^= 1
    (tmp_path / "y.npz").write_bytes(content)
    with pytest.raises(ValueError, match="is damaged"):
        number_files.read(tmp_path / "y.npz", "y")


def test_an_archive_of_very_many_members_is_not_opened(tmp_path):
    """Python would make objects of all of them, forty times as large as the file's."""
    np.savez(tmp_path / "y.npz", y=np.eye(3))
    np.testing.assert_array_equal(number_files.read(tmp_path / "y.npz"), np.eye(3))
    with zipfile.ZipFile(tmp_path / "y.npz", "a") as archive:
        for number in range(1000):
            archive.writestr(str(number), b"")
    assert not number_files.is_numbers(tmp_path / "y.npz")
    with pytest.raises(ValueError, match=r"y\.npz is damaged"):
        number_files.read(tmp_path / "y.npz")
