#!/usr/bin/env python3
"""Prints the Homebrew formula of a release, with the hashes of action/checksums.txt."""

import argparse
import pathlib

from files import archive_name, read, version_text
from metadata import repository
from platforms import PLATFORMS
from table import TABLE, rows

FORMULA = """\
class Tokenward < Formula
  desc "Rotates API tokens in GitHub secrets, and finds leaked ones"
  homepage "{address}"
  version "{version}"
  license any_of: ["MIT", "Apache-2.0"]
{blocks}
  def install
    bin.install "tokenward"
    generate_completions_from_executable(bin/"tokenward", "completions")
  end

  test do
    assert_equal "tokenward #{{version}}", shell_output("#{{bin}}/tokenward --version").strip
    system bin/"tokenward", "demo"
  end
end
"""


def block(system: str, address: str, version: str, known: dict) -> str:
    """The archives of one system, one for each kind of processor."""
    lines = []
    for platform in PLATFORMS:
        name, cpu = (platform.homebrew or " ").split(" ")
        if name == system:
            digest = known.get((version, platform.target))
            if digest is None:
                raise SystemExit(f"error: the table has no tokenward {version} for {platform.target}")
            url = f"{address}/releases/download/v{version}/{archive_name(version, platform.target)}"
            lines.append(f'    on_{cpu} do\n      url "{url}"\n      sha256 "{digest}"\n    end\n')
    return f"\n  on_{system} do\n{''.join(lines)}  end\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version", type=version_text)
    parser.add_argument("repository", type=repository, help="OWNER/NAME, which has the release")
    parser.add_argument("--table", type=pathlib.Path, default=TABLE)
    args = parser.parse_args()
    known = rows(read(args.table).decode())
    blocks = "".join(block(system, args.repository, args.version, known) for system in ("macos", "linux"))
    print(FORMULA.format(address=args.repository, version=args.version, blocks=blocks), end="")


if __name__ == "__main__":
    main()
