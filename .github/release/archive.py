#!/usr/bin/env python3
"""Packs a binary into a release archive: the program and the licences."""

import argparse
import pathlib

from files import Entry, archive_name, licences, read, tar_gz, version_text, write
from platforms import platform


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary", type=pathlib.Path, help="the program, as the build left it")
    parser.add_argument("version", type=version_text)
    parser.add_argument("target", help="Rust's name of the platform")
    parser.add_argument("folder", type=pathlib.Path, help="where the archive is written")
    args = parser.parse_args()
    program = Entry(platform(args.target).program, read(args.binary), executable=True)
    write(args.folder, archive_name(args.version, args.target), tar_gz([*licences(), program]))


if __name__ == "__main__":
    main()
