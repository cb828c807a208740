"""What mkdocs does besides docs/: pages of the repository that docs/ links to, and the API reference.

A page's links are written for the repository, where its files lie. On the site they lead to the copies there.
"""

import ast
import os
import posixpath
import re
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parent.parent
HOME = "README.md"
LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)#\s]+)")
API = "api/"


def on_config(config):
    """Puts the API reference into the navigation, a page a module."""
    config.nav.append({"API": [{_name(path): _api_uri(path)} for path in _modules()]})
    return config


def on_files(files, config):
    """Adds the home page, the API reference, and what pages link to outside docs/, and what that links to."""
    for path in _modules():
        text = f"# {_name(path)}\n\n::: {_name(path)}\n"
        files.append(File.generated(config, _api_uri(path), content=text))
    waiting = [HOME, *(f"docs/{file.src_uri}" for file in files.documentation_pages() if file.abs_src_path)]
    known = set(waiting)
    while waiting:
        page = waiting.pop()
        if not page.startswith("docs/"):
            files.append(File.generated(config, _uri(page), abs_src_path=str(ROOT / page)))
        if page.endswith(".md"):
            linked = {_target(page, link) for link in LINK.findall((ROOT / page).read_text(encoding="utf-8"))}
            # mkdocs itself complains of a link to what is not there.
            new = {path for path in linked - known if _uri(path) == path and (ROOT / path).is_file()}
            known |= new
            waiting.extend(sorted(new))
    return files


def on_page_markdown(markdown, page, **_):
    """Turns links between files of the repository to links between their places on the site."""
    uri = page.file.src_uri
    source = HOME if uri == _uri(HOME) else uri if (ROOT / uri).is_file() else f"docs/{uri}"

    def moved(match):
        return posixpath.relpath(_uri(_target(source, match[1])), posixpath.dirname(uri) or ".")

    return markdown if uri.startswith(API) else LINK.sub(moved, markdown)


def _target(page, link):
    """The path in the repository that a page's link leads to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), link))


def _uri(path):
    """Where a file of the repository stands on the site."""
    if path == HOME:
        return "index.md"
    if path.startswith("amp_net/") and path.endswith(".py"):
        return _api_uri(ROOT / path)
    return path.removeprefix("docs/")


def _modules():
    """The modules of the package that say what they are for."""
    found = sorted((ROOT / "amp_net").rglob("*.py"), key=lambda path: (path.parent, path.stem))
    return [path for path in found if ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]


def _name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _api_uri(path):
    return f"{API}{_name(Path(os.path.abspath(path)))}.md"
