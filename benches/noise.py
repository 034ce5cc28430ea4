#!/usr/bin/env python3
"""Says how often the leak check speaks up in code that is not supposed to leak anything: findings for each 10 MB.

    benches/noise.py [--tokenward BINARY] FOLDER...

Prints every finding with its kind, file and line, never a value, and a table of docs/dev/benchmarks.md: a row for each folder. Private
keys are counted apart, since one in a test is a private key all the same. Whether another finding is false a person has to say.
"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Kinds whose form leaves no doubt of what they are, whatever they are for.
KEYS = {"private-key/pem", "private-key/putty", "crates-io/secret-key", "age/secret-key"}


def scanned(binary, folder):
    ran = subprocess.run([binary, "scan", "--format", "json", "."], cwd=folder, stdout=subprocess.PIPE, check=False)
    if ran.returncode not in (0, 11):
        sys.exit(f"{folder}: exit code {ran.returncode}")
    return json.loads(ran.stdout)


def weight(folder):
    files = (pathlib.Path(base, name) for base, _, names in os.walk(folder) if ".git" not in pathlib.Path(base).parts for name in names)
    return sum(file.stat().st_size for file in files if not file.is_symlink())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokenward", type=pathlib.Path, default=ROOT / "target/release/tokenward")
    parser.add_argument("folders", nargs="+", type=pathlib.Path, metavar="FOLDER")
    arguments = parser.parse_args()
    rows = []
    for folder in arguments.folders:
        findings = scanned(arguments.tokenward.resolve(), folder)["findings"]
        for finding in findings:
            print(f"{finding['rule']:28} {finding['confidence']:9} {folder.name}/{finding['path']}:{finding['line']}")
        kinds = collections.Counter(finding["rule"] for finding in findings)
        keys = sum(count for kind, count in kinds.items() if kind in KEYS)
        rows.append((folder.name, weight(folder) / 1e6, keys, len(findings) - keys))
    print("\n| folder | MB | private keys | other findings | other findings per 10 MB |\n| --- | ---: | ---: | ---: | ---: |")
    for name, size, keys, others in rows:
        print(f"| {name} | {size:.0f} | {keys} | {others} | {10 * others / max(size, 0.001):.2f} |")


if __name__ == "__main__":
    main()
