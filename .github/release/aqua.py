#!/usr/bin/env python3
"""Prints the entry for aqua's registry. mise needs none: `mise use github:OWNER/NAME` finds the archives by their names."""

import argparse

from metadata import repository
from platforms import PLATFORMS

# aqua's words for what Rust calls the operating system and the processor.
SYSTEMS = {"linux": "linux", "darwin": "darwin", "windows": "windows"}
ENTRY = """\
packages:
  - type: github_release
    repo_owner: {owner}
    repo_name: {name}
    description: Rotates API tokens in GitHub secrets, and finds leaked ones
    github_immutable_release: true
    asset: tokenward-{{{{trimV .Version}}}}-{{{{.Arch}}}}-{{{{.OS}}}}.tar.gz
    format: tar.gz
    files:
      - name: tokenward
    replacements:
      amd64: x86_64
      arm64: aarch64
{systems}
    checksum:
      type: github_release
      asset: SHA256SUMS
      algorithm: sha256
    github_artifact_attestations:
      signer_workflow: {owner}/{name}/.github/workflows/release.yml
    supported_envs:
{envs}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", type=repository, help="OWNER/NAME, which has the releases")
    args = parser.parse_args()
    owner, name = args.repository.split("/")[-2:]
    systems, envs = {}, []
    for platform in PLATFORMS:
        cpu, rest = platform.target.split("-", 1)
        system = next(system for word, system in SYSTEMS.items() if word in rest)
        systems[system] = rest
        envs.append(f"      - {system}/{'amd64' if cpu == 'x86_64' else 'arm64'}")
    lines = "\n".join(f"      {system}: {rest}" for system, rest in sorted(systems.items()))
    print(ENTRY.format(owner=owner, name=name, systems=lines, envs="\n".join(envs)), end="")


if __name__ == "__main__":
    main()
