#!/usr/bin/env python3
"""Checks a bill of materials of cargo-cyclonedx, and takes out what differs between two runs: date, number and folders."""

import argparse
import json
import pathlib
import re

from files import ROOT, read, version_text, write


def clean(node, folder: str):
    """The same value without this machine's folder: cargo names our own crates by their paths."""
    if isinstance(node, dict):
        return {key: clean(value, folder) for key, value in node.items()}
    if isinstance(node, list):
        return [clean(value, folder) for value in node]
    if isinstance(node, str):
        return re.sub(r"\?download_url=file://[^#]*", "", node.replace(folder, "/tokenward"))
    return node


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("raw", type=pathlib.Path, help="what cargo-cyclonedx wrote")
    parser.add_argument("version", type=version_text)
    parser.add_argument("target", help="Rust's name of the platform")
    parser.add_argument("folder", type=pathlib.Path, help="where the bill is written, beside the archive")
    args = parser.parse_args()
    try:
        raw = json.loads(read(args.raw))
        component = raw["metadata"]["component"]
        if raw["bomFormat"] != "CycloneDX" or component["name"] != "tokenward" or component["version"] != args.version:
            raise ValueError(f"it is about {component['name']} {component['version']}")
        if len(raw["components"]) < 100:
            raise ValueError(f"it lists only {len(raw['components'])} components")
    except (ValueError, KeyError, TypeError) as error:
        raise SystemExit(f"error: {args.raw} is not the bill of materials of tokenward {args.version}: {error}") from None
    raw.pop("serialNumber", None)
    raw["metadata"].pop("timestamp", None)
    text = json.dumps(clean(raw, str(ROOT)), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    write(args.folder, f"tokenward-{args.version}-{args.target}.cdx.json", text.encode())


if __name__ == "__main__":
    main()
