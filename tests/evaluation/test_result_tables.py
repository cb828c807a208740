import csv

import pytest

from amp_net.evaluation import result_tables
from amp_net.evaluation.measured import FIELDS

NUMBERS = dict.fromkeys(FIELDS[3:], -1.5)


@pytest.mark.parametrize(
    ("name", "markdown", "latex", "in_csv"),
    [
        ("a_net", "a_net", r"a\_net", "a_net"),
        (r"\input{x}", r"\\input{x}", r"\textbackslash{}input\{x\}", r"\input{x}"),
        ("a|b<img src=x>", r"a\|b&lt;img src=x&gt;", "a|b<img src=x>", "a|b<img src=x>"),
        ("=1+1", "=1+1", "=1+1", "'=1+1"),
        ("50%&~^#$", "50%&amp;~^#$", r"50\%\&\textasciitilde{}\textasciicircum{}\#\$", "50%&~^#$"),
        ("[a](b)\n!`", r"\[a\](b)\\n\!\`", r"[a](b)\textbackslash{}n!`", "[a](b)\n!`"),
    ],
)
def test_names_are_escaped_by_the_rules_of_each_format(name, markdown, latex, in_csv, tmp_path):
    summary = [{"preset": name, "dataset": "set", "images": 1, **NUMBERS}]
    row = {"preset": name, "dataset": "set", "image": name, **NUMBERS}
    result_tables.write(tmp_path, [row], summary)
    assert (tmp_path / "results.md").read_text().splitlines()[2].startswith(f"| {markdown} | set |")
    assert (tmp_path / "results.tex").read_text().startswith(f"{latex} & set &")
    with (tmp_path / "results.csv").open(newline="") as file:
        (found,) = csv.DictReader(file)
    assert (found["preset"], found["image"], found["psnr"]) == (in_csv, in_csv, "-1.5000")
    assert len(result_tables.screen(summary).splitlines()) == 2
