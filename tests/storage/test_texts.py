import pytest

from amp_net.storage import texts


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b'{"a": ' * 100_000, b'{"a": ' + b"1" * 9999 + b"}", b"\xff"]
)
def test_json_that_is_none_is_refused(content, tmp_path):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.json is damaged: it is not valid JSON"):
        texts.read_json(tmp_path / "a.json")


@pytest.mark.parametrize(
    "content", [b"\xff", b"a,b\n" + b'"' * 3, b"a,b\n1,2,3\n", b"a,b\n1\n", b"a\n" + b"1" * 200_000]
)
def test_csv_that_is_none_is_refused(content, tmp_path):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.csv is damaged"):
        texts.read_csv(tmp_path / "a.csv")


def test_a_text_of_any_size_is_not_read(tmp_path):
    with (tmp_path / "a.json").open("wb") as sparse:
        sparse.truncate(2**40)
    for read in (texts.read_json, texts.read_csv):
        with pytest.raises(ValueError, match="at most 16777216 are read"):
            read(tmp_path / "a.json")
