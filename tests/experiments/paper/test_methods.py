import json

import pytest

from experiments.paper import methods, readme_results


def without(function, missing, *given):
    """The function, whose figures of some ratios are missing where it is called with these arguments."""

    def called(*arguments):
        values = function(*arguments)
        return {ratio: value for ratio, value in values.items() if arguments != given or ratio not in missing}

    return called


def test_the_tables_of_the_page_are_the_generated_ones():
    page = methods.PAGE.read_text(encoding="utf-8")
    assert methods.with_tables(page) == page


def test_a_missing_figure_of_ours_is_an_error(monkeypatch):
    given = ("AMPA-Net", "set11")
    part = without(readme_results.whole_images, {4, 25}, *given)
    monkeypatch.setattr(readme_results, "whole_images", part)
    with pytest.raises(ValueError, match=r"AMPA-Net, whole image is not measured on Set11 at 4 %, 25 %"):
        methods.tables()


def test_ours_is_shown_on_other_sets_at_all_ratios_or_not_at_all(monkeypatch):
    def measured(dataset, preset):
        return {} if dataset == "bsd68" else every[dataset]

    every = {"set11": dict.fromkeys(readme_results.PUBLISHED_MEASUREMENTS, 12.5), "urban100": {10: 20.0}}
    monkeypatch.setattr(readme_results, "of_any_ratio", measured)
    with pytest.raises(ValueError, match="Urban100 at 1 %, 4 %, 25 %"):
        methods.tables()
    every["urban100"] = dict.fromkeys(readme_results.PUBLISHED_MEASUREMENTS, 13.5)
    set11, bsd68, urban100, _ = methods.tables().split("\n\n")
    assert "**12.50**" in set11
    assert "**13.50**" in urban100
    assert "any_ratio" not in bsd68


def test_a_figure_has_one_place(tmp_path, monkeypatch):
    content = json.loads(methods.FILE.read_text(encoding="utf-8"))
    monkeypatch.setattr(methods, "FILE", tmp_path / "methods.json")
    for name, change in (("CASNet", {"set11": [1, 2, 3, 4, 5, 6, 7]}), ("Another", {"year": 2026})):
        changed = {**content["methods"], name: {**content["methods"].get(name, {}), **change}}
        methods.FILE.write_text(json.dumps({**content, "methods": changed}), encoding="utf-8")
        with pytest.raises(ValueError, match=rf"{name} on Set11 belong"):
            methods.others()


def test_every_method_names_its_source_and_can_be_sorted():
    for method in methods.others().values():
        assert method["source"]
        assert methods.SORTED_BY in method["set11"]


def test_unknown_figures_are_dashes_and_ranges_have_two_ends():
    rows = [row.strip("| ").split(" | ") for row in methods.tables().splitlines()]
    (isolated,) = [row for row in rows if row[0] == "COAST" and row[1] == "2021"]
    assert isolated[3:] == ["–", "–", "30.03", "–", "36.35", "–", "40.32"]
    (spread,) = [row for row in rows if row[0].startswith("SAUNet") and row[1] == "2023–25"]
    assert spread[3] == "22.4–22.8"
