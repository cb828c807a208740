import csv
import json

import numpy as np
import pytest

from amp_net.evaluation import result_tables
from amp_net.evaluation.measured import FIELDS, _kept_row, side_by_side
from amp_net.evaluation.report.page import Report
from amp_net.storage import texts
from amp_net.storage.kept import Kept

NUMBERS = dict.fromkeys(FIELDS[3:], -1.5)


@pytest.mark.parametrize(
    ("name", "markdown", "latex", "in_csv"),
    [
        ("a_net", "a_net", r"a\_net", "a_net"),
        (r"\input{x}", r"`\input{x}`", r"\textbackslash{}input\{x\}", r"\input{x}"),
        ("a|b<img src=x>", r"`a\|b<img src=x>`", "a|b<img src=x>", "a|b<img src=x>"),
        ("=1+1", "`=1+1`", "=1+1", "'=1+1"),
        ("*[1cm]", "`*[1cm]`", "{*}{[}1cm{]}", "*[1cm]"),
        ("50%&~^#$", "`50%&~^#$`", r"50\%\&\textasciitilde{}\textasciicircum{}\#\$", "50%&~^#$"),
        ("[a](b)\n!`", r"`` [a](b)\n!` ``", r"{[}a{]}(b)\textbackslash{}n!`", "[a](b)\n!`"),
        ("https://a.b/c", "`https://a.b/c`", "https://a.b/c", "https://a.b/c"),
        ("www.a.b", "`www.a.b`", "www.a.b", "www.a.b"),
        ("me@a.b", "`me@a.b`", "me@a.b", "me@a.b"),
        ("_a_", "`_a_`", r"\_a\_", "_a_"),
        *((f"{sign}1", f"`{sign}1`", f"{sign}1", f"'{sign}1") for sign in "＝＋－＠−@"),
        ("-1+1", "`-1+1`", "-1+1", "'-1+1"),
        (" =1", "` =1`", " =1", "' =1"),
        ("\t=1", r"`\t=1`", r"\textbackslash{}t=1", "'\t'=1"),
        ("\r\n=1", r"`\r\n=1`", r"\textbackslash{}r\textbackslash{}n=1", "'\r\n'=1"),
        ("a; =1", "`a; =1`", "a; =1", "a;' =1"),
        ("\ufeff=1", r"`\ufeff=1`", r"\textbackslash{}ufeff=1", "'\ufeff=1"),
        ("'=1", "`'=1`", "'=1", "''=1"),
        ("a\x1b[2J", r"`a\x1b[2J`", r"a\textbackslash{}x1b{[}2J", "a\x1b[2J"),
    ],
)
def test_names_are_escaped_by_the_rules_of_each_format(name, markdown, latex, in_csv, tmp_path):
    summary = [{"preset": name, "dataset": "set", "images": 1, **NUMBERS}]
    row = {"preset": name, "dataset": "set", "image": name, **NUMBERS}
    result_tables.write(tmp_path, [row], summary)
    assert (tmp_path / "results.md").read_text().splitlines()[2].startswith(f"| {markdown} | set |")
    assert (tmp_path / "results.tex").read_text().splitlines()[1].startswith(f"{latex} & set &")
    with (tmp_path / "results.csv").open(newline="") as file:
        (found,) = csv.DictReader(file)
    assert (found["preset"], found["image"], found["psnr"]) == (in_csv, in_csv, "-1.5000")
    assert texts.read_csv(tmp_path / "results.csv")[0]["image"] == name
    assert len(result_tables.screen(summary).splitlines()) == 2


NAMES = ("results.csv", "summary.json", "results.md", "results.tex")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", ["", "years of work\n", '[{"preset": 1}]', "[" * 9999])
def test_tables_that_are_not_ours_are_not_replaced(name, content, tmp_path):
    rows = [{"preset": "a", "dataset": "b", "image": "c", **NUMBERS}]
    summary = [{"preset": "a", "dataset": "b", "images": 1, **NUMBERS}]
    for _ in range(2):
        # Ours are.
        result_tables.write(tmp_path, rows, summary)
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=f"{name} is there, and was not written by amp_net"):
        result_tables.write(tmp_path, rows, summary)
    assert (tmp_path / name).read_text() == content


def test_a_report_and_images_that_are_not_ours_are_not_replaced(tmp_path):
    row, image = {"preset": "a", "dataset": "b", "image": "c.png", **NUMBERS}, np.zeros((9, 9), "uint8")
    report, show = Report(), side_by_side(tmp_path)
    report.add(row, image, image)
    page, picture = tmp_path / "report.html", tmp_path / "a" / "b" / "c.png"
    for _ in range(2):
        report.write(page)
        show(row, image, image)
    for path, write in ((page, lambda: report.write(page)), (picture, lambda: show(row, image, image))):
        path.write_text("<title>mine</title>")
        with pytest.raises(ValueError, match=f"{path.name} is there, and was not written by amp_net"):
            write()
        assert path.read_text() == "<title>mine</title>"


@pytest.mark.parametrize("content", [b"[" * 9999, b"[]", b"{", b'{"preset": 1}', b"\xff"])
def test_a_row_that_was_kept_and_is_damaged_is_measured_anew(content, tmp_path):
    kept, key = Kept(tmp_path / "kept", 1), ["a", "b", "c"]
    row = {"preset": "a", "dataset": "b", "image": "c", **NUMBERS}
    kept.put(key, json.dumps(row).encode())
    assert _kept_row(kept, key) == row
    for damaged in (content, json.dumps({**row, "image": "d"}).encode()):
        kept.put(key, damaged)
        assert _kept_row(kept, key) is None
