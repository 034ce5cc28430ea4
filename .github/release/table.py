#!/usr/bin/env python3
"""Adds a release to action/checksums.txt: one line for each archive, and the repository that has them.

Every target must be there. A version that the table has already must have the same hashes.
"""

import argparse
import pathlib
import re

from files import ROOT, archive_name, read, sha256, version_text
from metadata import repository
from platforms import PLATFORMS

TABLE = ROOT / "action/checksums.txt"


def rows(text: str) -> dict[tuple[str, str], str]:
    """The hashes of a table, by version and target."""
    found = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            if not re.fullmatch(r"\S+ \S+ [0-9a-f]{64}", line):
                raise SystemExit(f"error: the table has a line that is not VERSION TARGET SHA256: {line}")
            version, target, digest = line.split()
            found[version, target] = digest
    return found


def extended(text: str, version: str, archives: pathlib.Path, of: str) -> str:
    """The table with the release in it."""
    known = rows(text)
    text = re.sub(r"^# repository .*\n", "", text, flags=re.MULTILINE)
    comments = re.match(r"(?:#.*\n)*", text)
    head = comments[0] if comments else ""
    body = text[len(head) :]
    for platform in PLATFORMS:
        digest = sha256(read(archives / archive_name(version, platform.target)))
        if known.setdefault((version, platform.target), digest) != digest:
            raise SystemExit(f"error: the table has another hash for {version} {platform.target}: a version is released once")
        line = f"{version} {platform.target} {digest}\n"
        body += "" if line in body else line
    return f"{head}# repository {of}\n{body}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("version", type=version_text)
    parser.add_argument("archives", type=pathlib.Path, help="the folder of all release archives")
    parser.add_argument("repository", type=repository, help="OWNER/NAME, which publishes them")
    parser.add_argument("--table", type=pathlib.Path, default=TABLE)
    args = parser.parse_args()
    text = extended(read(args.table).decode(), args.version, args.archives, args.repository.removeprefix("https://github.com/"))
    args.table.write_text(text, encoding="utf-8", newline="\n")
    print(f"{args.table} has tokenward {args.version} for {len(PLATFORMS)} targets")


if __name__ == "__main__":
    main()
