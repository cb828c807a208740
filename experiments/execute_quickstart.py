"""Executes the notebook in place: `python -m experiments.execute_quickstart`, after a new release."""

import base64
from pathlib import Path

from amp_net.command_line import cli
from amp_net.storage.disk import files
from experiments.shared.result_files import small_jpeg, small_png

NOTEBOOK = Path(__file__).with_name("quickstart.ipynb")


def smaller(picture):
    """A PNG picture as PNG or JPEG, whichever is smaller, and the name of its kind."""
    kinds = {"image/png": small_png(picture), "image/jpeg": small_jpeg(picture)}
    return min(kinds.items(), key=lambda each: len(each[1]))


def main():
    """From the notebook to the notebook with its outcome."""
    import nbclient
    import nbformat

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    root = str(NOTEBOOK.parent.parent)
    nbclient.NotebookClient(notebook, timeout=1200, resources={"metadata": {"path": root}}).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            # What TensorFlow says of the machine at its start.
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
            cell.metadata.pop("execution", None)
            for output in cell.outputs:
                if "image/png" in output.get("data", {}):
                    kind, picture = smaller(base64.b64decode(output.data.pop("image/png")))
                    output.data[kind] = base64.b64encode(picture).decode()
    files.write(NOTEBOOK, nbformat.writes(notebook))


if __name__ == "__main__":
    cli.run(main)
