import pytest

from experiments.shared import whole


class Flag:
    def __init__(self, default, value):
        self.default, self.value = default, value


def test_a_part_is_known_by_its_flags():
    given = {"dataset": Flag(["set11", "bsd68"], ["bsd68", "set11"]), "images": Flag(12, 1)}
    assert whole.by_default(given, "dataset")
    assert not whole.by_default(given, "dataset", "images")


def test_the_page_of_a_part_is_shown_and_not_written(tmp_path, capsys):
    page = tmp_path / "page.md"
    whole.write_page(page, "all of it", True)
    whole.write_page(page, "a part", False)
    assert page.read_text() == "all of it"
    assert "page.md is left as it is" in capsys.readouterr().out


def test_missing_cells_are_named():
    whole.check_cells({("fcmn",): {1: "20", 4: "24"}}, [1, 4], "rows.csv")
    with pytest.raises(ValueError, match=r"rows\.csv lacks 2 of 4 cells: fcmn, 4; dr2_net, 1\. The page"):
        whole.check_cells({("fcmn",): {1: "20"}, ("dr2_net",): {4: "20"}}, [1, 4], "rows.csv")
    with pytest.raises(ValueError, match=r"lacks 7 of 7 .*and 2 more"):
        whole.check_whole([(k,) for k in range(7)], {}, "rows.csv")
