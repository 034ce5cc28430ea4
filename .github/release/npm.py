#!/usr/bin/env python3
"""Packs release archives into npm packages: `tokenward`, which has no binary, and one package for each archive.

npm installs the one package that fits, because it is an optional dependency with `os` and `cpu`. No install script runs.
"""

import argparse
import json
import pathlib

from files import Entry, Release, licences, open_release, read, tar_gz, version_text, write
from metadata import HOME, LICENCE, bill, description, repository, summary
from platforms import PLATFORMS


def manifest(name: str, version: str, address: str, more: dict) -> Entry:
    """The package.json of a package."""
    common = {
        "name": name,
        "version": version,
        "description": summary(),
        "license": LICENCE,
        "homepage": f"{address}#readme",
        "repository": {"type": "git", "url": f"git+{address}.git"},
    }
    return Entry("package/package.json", (json.dumps(common | more, indent=2) + "\n").encode())


def of_platform(release: Release, sbom: bytes, address: str) -> list[Entry]:
    """The package that carries a binary."""
    system, cpu = release.platform.npm.split("-")
    more = {"os": [system], "cpu": [cpu], "preferUnplugged": True, "publishConfig": {"access": "public"}}
    readme = f"# @tokenward/{release.platform.npm}\n\nThe binary of [tokenward]({address}) for {system} on {cpu}. Install `tokenward`, not this package.\n"
    return [
        *licences("package/"),
        Entry("package/README.md", readme.encode()),
        Entry(f"package/bin/{release.platform.program}", release.program, executable=True),
        manifest(f"@tokenward/{release.platform.npm}", release.version, address, more),
        Entry("package/sbom.cdx.json", sbom),
    ]


def main_package(version: str, address: str) -> list[Entry]:
    """The package that people install. It names every platform, also one whose archive is not at hand."""
    packages = {f"@tokenward/{platform.npm}": version for platform in PLATFORMS}
    more = {"bin": {"tokenward": "bin/tokenward.js"}, "engines": {"node": ">=18"}, "optionalDependencies": packages}
    return [
        *licences("package/"),
        Entry("package/README.md", description(address).encode()),
        Entry("package/bin/tokenward.js", read(HOME / "npm/tokenward.js"), executable=True),
        manifest("tokenward", version, address, more | {"publishConfig": {"access": "public"}}),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("version", type=version_text)
    parser.add_argument("repository", type=repository, help="OWNER/NAME, for the links and for npm's provenance")
    parser.add_argument("folder", type=pathlib.Path, help="where the packages are written")
    parser.add_argument("archives", type=pathlib.Path, nargs="*", help="tokenward-VERSION-TARGET.tar.gz, each with its .cdx.json beside it")
    args = parser.parse_args()
    for path in args.archives:
        release = open_release(path)
        if release.version != args.version:
            raise SystemExit(f"error: {path} is not of version {args.version}")
        sbom = bill(path.with_name(path.name.replace(".tar.gz", ".cdx.json")), args.version)
        name = f"tokenward-{release.platform.npm}-{args.version}.tgz"
        write(args.folder, name, tar_gz(of_platform(release, sbom, args.repository)))
    write(args.folder, f"tokenward-{args.version}.tgz", tar_gz(main_package(args.version, args.repository)))


if __name__ == "__main__":
    main()
