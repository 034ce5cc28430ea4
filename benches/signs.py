#!/usr/bin/env python3
"""Says what each sign of the leak check's sum is worth: leaves one out at a time, and scores what is left.

    benches/signs.py [--noise FOLDER] [--target FOLDER]

Works on a copy of the sources, builds it once for each sign (about half a minute each), and prints the table of docs/dev/detection.md:
leaks found and named, and false positives, among the labeled cases that were read while the scanner was built; with --noise also the
findings in a folder of code without leaks. Needs ../shared/detection, as that test does.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
EVIDENCE = pathlib.Path("src/scan/detect/evidence.rs")
# `Form 2 "it has a provider's form",`
SIGN = re.compile(r'^    (\w+) (\d+|\(-\d+\)) "(.*)",$', re.M)
SCORE = re.compile(
    r"cases as they are, read while.*\n"
    r"  mail: (\d+) of \d+ leaks found .*?, (\d+) of them named.*\n"
    r"  general: (\d+) of \d+ leaks found .*?, (\d+) of them named.*; (\d+) of \d+ clean rows"
)


def scored(copy, target, noise):
    environment = dict(os.environ, CARGO_TARGET_DIR=str(target), CARGO_TERM_COLOR="never")
    test = ["cargo", "test", "--locked", "--test", "detection", "--", "labelled_cases_are_found_and", "--nocapture"]
    ran = subprocess.run(test, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    figures = SCORE.search(ran.stderr) or sys.exit(ran.stderr[-3000:])
    figures = list(map(int, figures.groups()))
    if noise:
        binary = target / "debug/tokenward"
        scan = subprocess.run([binary, "scan", "--format", "json", "."], cwd=noise, capture_output=True, check=False)
        findings = json.loads(scan.stdout)["findings"]
        figures.append(sum(not finding["rule"].startswith("private-key/") for finding in findings))
    return figures


def row(words, weight, figures):
    print(f"| {words} | {weight} | " + " | ".join(map(str, figures)) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--noise", type=pathlib.Path)
    parser.add_argument("--target", type=pathlib.Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        # The cases are read beside the sources.
        copy = pathlib.Path(folder, "project")
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns("target", ".git"), symlinks=True)
        pathlib.Path(folder, "shared").symlink_to(ROOT.parent / "shared")
        target = (arguments.target or pathlib.Path(folder, "target")).resolve()
        source = (copy / EVIDENCE).read_text()
        print("| left out | weight | mail found | named | others found | named | false positives |" + " noise |" * bool(arguments.noise))
        print("| --- |" + " ---: |" * (6 + bool(arguments.noise)))
        row("none", "", scored(copy, target, arguments.noise))
        for sign in SIGN.finditer(source):
            name, weight, words = sign.groups()
            (copy / EVIDENCE).write_text(source.replace(sign.group(), f'    {name} 0 "{words}",'))
            row(words, weight.strip("()"), scored(copy, target, arguments.noise))


if __name__ == "__main__":
    main()
