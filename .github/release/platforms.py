"""The platforms of a release: the one table that archives, wheels, npm packages, images and the formula are made from."""

from typing import NamedTuple, Optional


class Platform(NamedTuple):
    """One binary of a release, and what each registry calls the machines that run it."""

    target: str  # Rust's name
    wheel: str  # PyPI's platform tags, sorted
    npm: str  # node's `process.platform` and `process.arch`
    image: Optional[str] = None  # the architecture of the container image
    homebrew: Optional[str] = None  # the block of the formula

    @property
    def program(self) -> str:
        """The file's name inside the archive and every package."""
        return "tokenward.exe" if "windows" in self.target else "tokenward"


PLATFORMS = (
    # A static binary runs on glibc and musl alike, so its wheel has both tags.
    Platform("x86_64-unknown-linux-musl", "manylinux_2_17_x86_64.musllinux_1_1_x86_64", "linux-x64", "amd64", "linux intel"),
    Platform("aarch64-unknown-linux-musl", "manylinux_2_17_aarch64.musllinux_1_1_aarch64", "linux-arm64", "arm64", "linux arm"),
    Platform("x86_64-apple-darwin", "macosx_10_12_x86_64", "darwin-x64", None, "macos intel"),
    Platform("aarch64-apple-darwin", "macosx_11_0_arm64", "darwin-arm64", None, "macos arm"),
    Platform("x86_64-pc-windows-msvc", "win_amd64", "win32-x64"),
)


def platform(target: str) -> Platform:
    """The platform of a target, or an error that lists all of them."""
    for known in PLATFORMS:
        if known.target == target:
            return known
    raise SystemExit(f"error: no release is made for {target}; the targets are {', '.join(p.target for p in PLATFORMS)}")
