import re

import nbclient
import nbformat

from amp_net.models import presets
from tests.conftest import ROOT

NOTEBOOK = ROOT / "experiments" / "quickstart.ipynb"


def outputs(notebook, kind):
    found = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output for output in found if output.output_type == kind]


def text(notebook):
    return "".join(output.text for output in outputs(notebook, "stream") if output.name == "stdout")


def test_notebook_runs_and_training_in_it_helps(command_environment, monkeypatch, tmp_path):
    monkeypatch.setenv("QUICKSTART_STEPS", "40")
    if "PYTHONPATH" in command_environment:
        monkeypatch.setenv("PYTHONPATH", command_environment["PYTHONPATH"])
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": tmp_path}}).execute()
    before, after = map(float, re.search(r"([\d.]+) dB before, ([\d.]+) dB after", text(notebook)).groups())
    assert after > before
    found = [float(value) for value in re.findall(r"a block  ([\d.]+) dB", text(notebook))]
    assert len(found) == len(presets.shipped())
    assert min(found) > 18


def test_notebook_is_committed_executed():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    shown = outputs(notebook, "display_data")
    pictures = [output for output in shown if {"image/png", "image/jpeg"} & {*output.data}]
    assert len(pictures) == 6
    assert not outputs(notebook, "error")
    for name in presets.shipped():
        assert name in text(notebook)
