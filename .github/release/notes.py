#!/usr/bin/env python3
"""Prints the section of CHANGELOG.md about one version: the text of its release."""

import argparse
import pathlib
import re

from files import ROOT, read, version_text


def section(text: str, version: str) -> str:
    """What stands below the version's heading."""
    found = re.search(rf"^## {re.escape(version)}(?: [^\n]*)?\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if not found or not found[1].strip():
        raise SystemExit(f"error: CHANGELOG.md has no text below a heading `## {version}`: rename `## Unreleased`")
    return found[1].strip() + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version", type=version_text)
    parser.add_argument("--changelog", type=pathlib.Path, default=ROOT / "CHANGELOG.md")
    args = parser.parse_args()
    print(section(read(args.changelog).decode(), args.version), end="")


if __name__ == "__main__":
    main()
