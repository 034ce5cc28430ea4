#!/usr/bin/env python3
"""Packs the source package for PyPI, which holds no source: where no wheel fits, pip takes it, and it says what to do."""

import argparse
import pathlib

from files import Entry, licences, read, tar_gz, version_text, write
from metadata import HOME, repository
from platforms import PLATFORMS
from wheel import metadata

# The backend lies in the package itself, so pip needs nothing else to run it.
PROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "tokenward"
version = "{version}"
"""


def backend(version: str) -> bytes:
    """The sentence, with this version's platforms."""
    constants = f'VERSION = "{version}"\nWHEELS = "{", ".join(platform.npm for platform in PLATFORMS)}"\n'
    return read(HOME / "sdist/backend.py") + f"\n{constants}".encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version", type=version_text)
    parser.add_argument("repository", type=repository, help="OWNER/NAME, for the links")
    parser.add_argument("folder", type=pathlib.Path, help="where the package is written")
    args = parser.parse_args()
    name = f"tokenward-{args.version}"
    entries = [
        *licences(f"{name}/"),
        Entry(f"{name}/PKG-INFO", metadata(args.version, args.repository)),
        Entry(f"{name}/backend.py", backend(args.version)),
        Entry(f"{name}/pyproject.toml", PROJECT.format(version=args.version).encode()),
    ]
    write(args.folder, f"{name}.tar.gz", tar_gz(entries))


if __name__ == "__main__":
    main()
