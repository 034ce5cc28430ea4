"""Reads and writes archives so that the same files make the same bytes: fixed dates and owners, in the order given.

Also the name of a release archive, and how one is taken apart again. No network, no clock.
"""

import gzip
import hashlib
import io
import pathlib
import re
import tarfile
import zipfile
from typing import Iterable, NamedTuple

from platforms import Platform, platform

ROOT = pathlib.Path(__file__).resolve().parents[2]
LICENCES = ("LICENSE-APACHE", "LICENSE-MIT")
ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip file can hold
TAR_DATE = 499162500  # the one that npm gives every file


class Entry(NamedTuple):
    """A file of an archive."""

    name: str
    data: bytes
    executable: bool = False


class Release(NamedTuple):
    """What a release archive holds."""

    version: str
    platform: Platform
    program: bytes


def archive_name(version: str, target: str) -> str:
    """The name that action/install, `cargo binstall` and mise look for."""
    return f"tokenward-{version}-{target}.tar.gz"


def version_text(text: str) -> str:
    """A version as Cargo, npm and PyPI write it alike. A pre-release is spelt differently by each, so there is none."""
    if not re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", text):
        raise SystemExit(f"error: {text!r} is not a version: write it as 1.2.3")
    return text


def read(path: pathlib.Path) -> bytes:
    """A file's bytes, or a plain error."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise SystemExit(f"error: cannot read {path}: {error.strerror}") from None


def licences(folder: str = "") -> list[Entry]:
    """The licences, below a folder of an archive."""
    return [Entry(folder + name, read(ROOT / name)) for name in LICENCES]


def open_release(path: pathlib.Path) -> Release:
    """Takes a release archive apart. Its name says the version and the target."""
    named = re.fullmatch(r"tokenward-([^-]+)-(.+)\.tar\.gz", path.name)
    if not named:
        raise SystemExit(f"error: {path.name} is not the name of a release archive (tokenward-VERSION-TARGET.tar.gz)")
    of = platform(named[2])
    try:
        with tarfile.open(fileobj=io.BytesIO(read(path)), mode="r:gz") as archive:
            member = archive.extractfile(of.program)
            program = member.read() if member else b""
    except (tarfile.TarError, KeyError, EOFError, OSError) as error:
        raise SystemExit(f"error: {path} has no {of.program}: {error}") from None
    if not program:
        raise SystemExit(f"error: {of.program} in {path} is not a file with content")
    return Release(version_text(named[1]), of, program)


def tar(entries: Iterable[Entry], folders: Iterable[str] = ()) -> bytes:
    """An uncompressed tar archive, owned by root."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in folders:
            info = tarfile.TarInfo(name)
            info.type, info.mode, info.mtime = tarfile.DIRTYPE, 0o755, TAR_DATE
            archive.addfile(info)
        for entry in entries:
            info = tarfile.TarInfo(entry.name)
            info.size, info.mode, info.mtime = len(entry.data), 0o755 if entry.executable else 0o644, TAR_DATE
            archive.addfile(info, io.BytesIO(entry.data))
    return out.getvalue()


def tar_gz(entries: Iterable[Entry]) -> bytes:
    """A compressed tar archive, without a date or a name in its header."""
    return gzip.compress(tar(entries), compresslevel=9, mtime=0)


def zipped(entries: Iterable[Entry]) -> bytes:
    """A zip archive with Unix permissions, whatever the system."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for entry in entries:
            info = zipfile.ZipInfo(entry.name, ZIP_DATE)
            info.create_system, info.compress_type = 3, zipfile.ZIP_DEFLATED
            info.external_attr = (0o100755 if entry.executable else 0o100644) << 16
            archive.writestr(info, entry.data, compresslevel=9)
    return out.getvalue()


def sha256(data: bytes) -> str:
    """As `sha256sum` prints it."""
    return hashlib.sha256(data).hexdigest()


def write(folder: pathlib.Path, name: str, data: bytes) -> pathlib.Path:
    """Writes a file and says its name, size and hash."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    print(f"{sha256(data)}  {path}  {len(data)} bytes")
    return path
