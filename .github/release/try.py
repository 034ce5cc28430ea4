#!/usr/bin/env python3
"""Uses tokenward as its users do, and says how long it took: version, demo, a leak in a file, a leak in a history, exit codes.

Everything after `--` is the command that runs it; `{folder}` in it is replaced by the folder that is scanned:

    try.py --version 1.2.3 -- tokenward
    try.py --version 1.2.3 -- docker run --rm -v {folder}:/w -w /w IMAGE
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import time

# In parts, so that this file is no leak itself.
PLANTED = ".".join(["SG", "aB3dE6gH9jK2mN5pQ8sT1v", "Zx7Cv4Bn1Mq8We5Rt2Yu9Io6Pa3Sd0Fg7Hj4Kl1Zx8C"])
LEAK, NOTHING_SCANNED, USAGE = 11, 3, 2


class Tried:
    """A command, and what it has to do."""

    def __init__(self, command: list[str]):
        self.command = command
        self.took: list[str] = []

    def run(self, folder: pathlib.Path, *args: str) -> subprocess.CompletedProcess:
        """Runs it in a folder."""
        words = [word.replace("{folder}", str(folder)) for word in self.command]
        try:
            return subprocess.run([*words, *args], cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=300)
        except OSError as error:
            raise SystemExit(f"error: cannot run {words[0]}: {error.strerror}") from None
        except subprocess.TimeoutExpired:
            raise SystemExit(f"error: {' '.join([*words, *args])} did not end within 300 s") from None

    def expect(self, name: str, folder: pathlib.Path, code: int, says: str, *args: str) -> None:
        """Runs it, and stops unless the exit code and the text are as expected. The planted value must never be shown."""
        begun = time.monotonic()
        out = self.run(folder, *args)
        text = out.stdout + out.stderr
        if out.returncode != code or says not in text or PLANTED in text:
            shown = text.replace(PLANTED, "(the planted value)")
            raise SystemExit(f"error: {name}: `{' '.join(args)}` ended with {out.returncode}, not {code}, or did not say {says!r}:\n{shown}")
        self.took.append(f"{name} {time.monotonic() - begun:.2f} s")


def git(folder: pathlib.Path, *args: str) -> None:
    """Runs git without anybody's settings."""
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *args], cwd=folder, check=True, capture_output=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", required=True, help="the version it must say")
    parser.add_argument("--label", default="tokenward", help="what the line of times begins with")
    parser.add_argument("--no-git", action="store_true", help="leave out the history: there is no git where it runs")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND...")
    args = parser.parse_args()
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command:
        parser.error("name the command that runs tokenward, after `--`")
    tried = Tried(command)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        work = pathlib.Path(name).resolve()
        empty, clean, leaky = work / "empty", work / "clean", work / "leaky"
        for folder in (empty, clean, leaky):
            folder.mkdir()
        (clean / "settings.py").write_text("KEY = None\n")
        (leaky / "settings.py").write_text(f"KEY = '{PLANTED}'\n")
        tried.expect("version", empty, 0, f"tokenward {args.version}\n", "--version")
        tried.expect("demo", empty, 0, "The sandbox: the new value works.", "demo")
        tried.expect("found leak", leaky, LEAK, "settings.py:1", "scan")
        if not args.no_git:
            git(leaky, "init", "-q")
            git(leaky, "add", "settings.py")
            git(leaky, "commit", "-q", "-m", "one")
            git(leaky, "rm", "-q", "settings.py")
            git(leaky, "commit", "-q", "-m", "two")
            tried.expect("found leak in history", leaky, LEAK, "settings.py:1", "scan", "--history")
        tried.expect("clean", clean, 0, "", "scan")
        tried.expect("nothing to scan", empty, NOTHING_SCANNED, "", "scan")
        tried.expect("usage", empty, USAGE, "error[usage]", "nonsense")
        if list(empty.iterdir()):
            raise SystemExit("error: it left something behind in an empty folder")
    print(f"{args.label}: {', '.join(tried.took)}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
