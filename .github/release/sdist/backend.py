"""pip gets here only where no wheel fits: it says so, and what else there is. Nothing is built or downloaded."""

import platform
import sys

SENTENCE = """\

tokenward {version} has no wheel for {system} on {machine}.
There are wheels for {wheels}.
If this machine is one of them, update pip: it is too old to know the wheel's tag.
Otherwise build it, which needs Rust and a C compiler:  cargo install --locked tokenward
"""


def _refuse(*_args, **_kwargs):
    sys.exit(SENTENCE.format(system=platform.system(), machine=platform.machine(), version=VERSION, wheels=WHEELS))


get_requires_for_build_wheel = prepare_metadata_for_build_wheel = build_wheel = _refuse
get_requires_for_build_editable = build_editable = get_requires_for_build_sdist = build_sdist = _refuse
