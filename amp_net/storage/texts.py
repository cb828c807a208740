"""JSON and CSV files."""

import csv
import io
import json
from pathlib import Path

from amp_net.storage import file_sizes, spreadsheets
from amp_net.storage.disk import files


def read_json(path):
    """The object in a JSON file, as a dict.

    Raises:
        ValueError: if the file cannot be read, or holds no JSON object.
    """
    text = files.read(path, file_sizes.TEXT)
    try:
        content = json.loads(text)
    # A number may have too many digits, and nesting be too deep.
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is damaged: it is not valid JSON.") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} is damaged: it does not hold an object.")
    return content


def read_csv(path):
    """The rows of a CSV file with a heading, as dicts of strings; none if there is no file.

    Raises:
        ValueError: if it cannot be read, or is no such file.
    """
    if not Path(path).exists():
        return []
    content = files.read(path, file_sizes.TEXT)
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is damaged: it is not valid CSV.") from error
    if any(None in (*row, *row.values()) for row in rows):
        raise ValueError(f"{path} is damaged: not all of its rows are as long as its heading.")
    return [{name: spreadsheets.unescaped(text) for name, text in row.items()} for row in rows]


def write_csv(path, columns, rows):
    """Writes dicts as a CSV file with a heading, as `files.write` does; `spreadsheets` escapes texts."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: spreadsheets.escaped(value) for name, value in row.items()} for row in rows)
    files.write(path, text.getvalue())
