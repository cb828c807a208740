import pytest

from experiments.benchmark import before

WORKER = """
import sys, time
print("one;two", flush=True)
for line in sys.stdin:
    print({factor} * {{"one": 1.0, "two": 2.0}}[line.strip()], flush=True)
"""


def test_two_trees_take_turns(tmp_path, monkeypatch, capsys):
    class Source:
        __file__ = "worker.py"

    trees = [tmp_path / name for name in ("before", "now")]
    for tree, factor in zip(trees, (1, 3), strict=True):
        tree.mkdir()
        (tree / "worker.py").write_text(WORKER.format(factor=factor))
    monkeypatch.setattr(before, "timed_tree", Source)
    monkeypatch.setattr(before, "PAUSE", 0)
    assert before.compare(trees, 2) == [("one", "1000", "3000", "3.000"), ("two", "2000", "6000", "3.000")]
    (trees[1] / "worker.py").write_text("print('one')")
    with pytest.raises(ValueError, match="different tasks"):
        before.compare(trees, 2)


def test_a_tree_is_checked_out_as_it_was():
    if not (before.ROOT / ".git").exists():
        pytest.skip("needs a clone")
    with before.checked_out("HEAD") as tree:
        assert (tree / "amp_net" / "__init__.py").is_file()
    assert not tree.exists()
    with pytest.raises(ValueError, match="no commit nowhere here"), before.checked_out("nowhere"):
        pass
