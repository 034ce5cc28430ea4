#!/usr/bin/env python3
"""Packs a release archive into a wheel: the same program, the licences and the bill of materials."""

import argparse
import base64
import hashlib
import pathlib

from files import LICENCES, Entry, licences, open_release, write, zipped
from metadata import LICENCE, bill, description, repository, summary

# What PyPI shows; also the metadata of the source package.
METADATA = """\
Metadata-Version: 2.4
Name: tokenward
Version: {version}
Summary: {summary}
License-Expression: {licence}
{files}
Project-URL: Source, {repository}
Project-URL: Changelog, {repository}/blob/v{version}/CHANGELOG.md
Requires-Python: >=3.8
Description-Content-Type: text/markdown

{description}"""


def metadata(version: str, address: str) -> bytes:
    """The core metadata of both packages of a version."""
    files = "\n".join(f"License-File: {name}" for name in LICENCES)
    return METADATA.format(
        version=version, summary=summary(), licence=LICENCE, files=files, repository=address, description=description(address)
    ).encode()


def record(entries: list[Entry], name: str) -> Entry:
    """The list of all files with their hashes, which pip checks against."""
    lines = []
    for entry in entries:
        digest = base64.urlsafe_b64encode(hashlib.sha256(entry.data).digest()).rstrip(b"=").decode()
        lines.append(f"{entry.name},sha256={digest},{len(entry.data)}\n")
    return Entry(name, "".join([*lines, f"{name},,\n"]).encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=pathlib.Path, help="tokenward-VERSION-TARGET.tar.gz")
    parser.add_argument("sbom", type=pathlib.Path, help="its bill of materials, CycloneDX as JSON")
    parser.add_argument("repository", type=repository, help="OWNER/NAME, for the links")
    parser.add_argument("folder", type=pathlib.Path, help="where the wheel is written")
    args = parser.parse_args()
    release = open_release(args.archive)
    of, name = release.platform, f"tokenward-{release.version}"
    tags = "".join(f"Tag: py3-none-{tag}\n" for tag in of.wheel.split("."))
    entries = [
        Entry(f"{name}.data/scripts/{of.program}", release.program, executable=True),
        Entry(f"{name}.dist-info/METADATA", metadata(release.version, args.repository)),
        Entry(f"{name}.dist-info/WHEEL", f"Wheel-Version: 1.0\nGenerator: tokenward\nRoot-Is-Purelib: false\n{tags}".encode()),
        *licences(f"{name}.dist-info/licenses/"),
        Entry(f"{name}.dist-info/sboms/tokenward.cdx.json", bill(args.sbom, release.version)),
    ]
    entries.append(record(entries, f"{name}.dist-info/RECORD"))
    write(args.folder, f"{name}-py3-none-{of.wheel}.whl", zipped(entries))


if __name__ == "__main__":
    main()
