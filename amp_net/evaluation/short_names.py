"""Short names of folders, which tell them from each other."""


def short_names(paths, taken=()):
    """A short name for each folder: its own, with as many parents' as tell it from the others.

    Args:
        paths: a dict of key to the folder's absolute path.
        taken: names that mean something else.

    Returns:
        A dict of key to name.
    """
    parts = {key: path.parts[1:] for key, path in paths.items()}
    names = {}
    for key, own in parts.items():
        others = [other for other in parts.values() if other != own] + [(name,) for name in taken]
        count = 1
        while count < len(own) and own[-count:] in [other[-count:] for other in others]:
            count += 1
        names[key] = "-".join(own[-count:])
    return names
