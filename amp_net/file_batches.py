"""Many files through one function: what is done is skipped, what fails is listed."""

from pathlib import Path

from tqdm import tqdm


def find(paths, suffixes):
    """The files that are meant by paths of files and folders.

    Args:
        paths: files, taken whatever their ending, and folders, searched with their subfolders.
        suffixes: endings to look for in folders, in lower case with the dot.

    Returns:
        A dict of each file's path to its place in an output folder: its name, or its path inside the folder.

    Raises:
        ValueError: if a path does not exist, nothing is found, or two files have the same place.
    """
    found = {}
    for path in map(Path, paths):
        if path.is_dir():
            files = sorted(file for file in path.rglob("*") if file.suffix.lower() in suffixes)
            found |= {file: file.relative_to(path) for file in files if file.is_file()}
        elif path.exists():
            found[path] = Path(path.name)
        else:
            raise ValueError(f"{path} does not exist; give files or folders.")
    if not found:
        raise ValueError(f"There is no file that ends in {', '.join(sorted(suffixes))} in what was given.")
    taken = {}
    for file, place in found.items():
        if place in taken:
            raise ValueError(
                f"{taken[place]} and {file} would be written to the same place; do one at a time."
            )
        taken[place] = file
    return found


def run(targets, work, overwrite=False):
    """Makes each target from its source, with a progress bar, and goes on after a failure.

    Args:
        targets: a dict of source to target path.
        work: a function of a source and a target that writes the target, all or nothing, and returns a
            line to print, or raises ValueError.
        overwrite: whether a target that is there is made anew; without, it is skipped.

    Raises:
        ValueError: at the end, if a source failed; the message lists them.
    """
    failures = []
    skipped = 0
    bar = tqdm(targets.items(), unit="file", disable=None)
    for source, target in bar:
        if target.exists() and not overwrite:
            skipped += 1
            continue
        try:
            line = work(source, target)
        except ValueError as error:
            failures.append(str(error) if str(source) in str(error) else f"{source}: {error}")
        else:
            bar.write(line)
    if skipped:
        print(f"{skipped} of {len(targets)} were there already; --overwrite makes them anew.")
    if failures:
        raise ValueError(f"{len(failures)} of {len(targets)} files failed:\n" + "\n".join(failures))
