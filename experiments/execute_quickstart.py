"""Executes the notebook in place: `python -m experiments.execute_quickstart`, after a new release."""

from pathlib import Path

import nbclient
import nbformat

from amp_net import files

NOTEBOOK = Path(__file__).with_name("quickstart.ipynb")

if __name__ == "__main__":
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    root = str(NOTEBOOK.parent.parent)
    nbclient.NotebookClient(notebook, timeout=1200, resources={"metadata": {"path": root}}).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            # What TensorFlow says of the machine at its start.
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
            cell.metadata.pop("execution", None)
    files.write(NOTEBOOK, nbformat.writes(notebook))
