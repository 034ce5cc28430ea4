#!/usr/bin/env python3
"""Packs a release archive into the layer of the container image: the program, the licences and the bill of materials."""

import argparse
import pathlib

from files import Entry, licences, open_release, tar, write
from metadata import bill

FOLDERS = ("usr/", "usr/local/", "usr/local/bin/", "usr/share/", "usr/share/doc/", "usr/share/doc/tokenward/")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=pathlib.Path, help="tokenward-VERSION-TARGET.tar.gz, for Linux")
    parser.add_argument("sbom", type=pathlib.Path, help="its bill of materials, CycloneDX as JSON")
    parser.add_argument("folder", type=pathlib.Path, help="where the layer is written")
    args = parser.parse_args()
    release = open_release(args.archive)
    if release.platform.image is None:
        raise SystemExit(f"error: there is no image for {release.platform.target}: a container runs on Linux")
    entries = [
        Entry("usr/local/bin/tokenward", release.program, executable=True),
        *licences("usr/share/doc/tokenward/"),
        Entry("usr/share/doc/tokenward/sbom.cdx.json", bill(args.sbom, release.version)),
    ]
    write(args.folder, f"tokenward-{release.version}-{release.platform.image}.layer.tar", tar(entries, FOLDERS))


if __name__ == "__main__":
    main()
