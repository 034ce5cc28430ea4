"""What every package says about itself, from Cargo.toml and description.md, and the bill of materials it carries."""

import argparse
import json
import pathlib
import re

from files import ROOT, read

HOME = pathlib.Path(__file__).resolve().parent
LICENCE = "MIT OR Apache-2.0"


def summary() -> str:
    """The one-line description of Cargo.toml."""
    text = read(ROOT / "Cargo.toml").decode()
    found = re.search(r'^\[package\]\nname = "tokenward"\n(?:.+\n)*?description = "(.+)"$', text, re.MULTILINE)
    if not found:
        raise SystemExit("error: Cargo.toml has no description of the package tokenward")
    return found[1]


def description(repository: str) -> str:
    """The text that a registry shows."""
    return read(HOME / "description.md").decode().replace("REPOSITORY", repository)


def repository(text: str) -> str:
    """The address of a GitHub repository, from OWNER/NAME."""
    if not re.fullmatch(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a repository: write it as OWNER/NAME")
    return f"https://github.com/{text}"


def bill(path: pathlib.Path, version: str) -> bytes:
    """A bill of materials, read and held against the version it is packed with."""
    data = read(path)
    try:
        found = json.loads(data)
        component = found["metadata"]["component"]
        fits = found["bomFormat"] == "CycloneDX" and (component["name"], component["version"]) == ("tokenward", version)
    except (ValueError, KeyError, TypeError):
        fits = False
    if not fits:
        raise SystemExit(f"error: {path} is not a CycloneDX bill of materials of tokenward {version}")
    return data
