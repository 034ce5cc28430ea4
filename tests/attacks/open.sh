#!/usr/bin/env bash
# Opens doors on purpose, in a copy of the tree, and expects the attacks to come through each, so that their tests fail.
# Usage: tests/attacks/open.sh [NAME...]   (all where none is named)
set -euo pipefail
cd "$(dirname "$0")/../.."

suite_filter=(attacks::files:: attacks::action:: attacks::reports::)
source tests/support/mutants.sh

# links: a file is written where its path leads, whatever stands there.
links() {
    sed -i 's|        let spot = self\.spot(path, self\.bounded, kind)?;|        let whole = self.base.join(path);\n        if std::fs::write(\&whole, text).is_ok() {\n            return Ok(whole);\n        }\n&|' src/disk/mod.rs
}

# parents: only the file itself may be no link; the folders on the way are followed.
parents() { sed -i 's/        Ok(Self(rustix::fs::openat(&self\.0, name, FOLDER, Mode::empty())?))/        Ok(Self(rustix::fs::openat(\&self.0, name, FOLDER.difference(OFlags::NOFOLLOW), Mode::empty())?))/' src/disk/unix.rs; }

# outside: a run may write anywhere.
outside() { sed -i 's/        if bounded && root\.is_none() {/        if false {/' src/disk/place.rs; }

# instructions: `.git` is a folder like any other.
instructions() { sed -i 's/        if kind != Kind::Hook && outside/        if false \&\& outside/' src/disk/place.rs; }

# flags: a name in an input may be anything.
flags() { sed -i 's/        match names\.iter()\.all(is_name) {/        match names.iter().all(is_name) || true {/; s/\.split(separators)/.split(\&[\x27 \x27, \x27,\x27][..])/' src/cli/action/inputs.rs; }

# sources: any argument counts as a source of the scan.
sources() { sed -i 's/            && !flags\.sources\.are_given()/            \&\& self.input("args").is_empty()/' src/cli/action/inputs.rs; }

# replaced: a report is written over whatever is there.
replaced() { sed -i 's/            Ok(false) => Err(DiskError::NotOurs(spot\.whole\.clone())),/            Ok(false) => Ok(()),/' src/disk/mod.rs; }

# runners: the files that the runner's variables name are files like any other.
runners() { sed -i 's/        self\.files\.contains(id)/        false \&\& self.files.contains(id)/; s/        self\.folders\.contains(id)/        false \&\& self.folders.contains(id)/' src/disk/taken.rs; }

(($#)) || set -- links parents outside instructions flags sources replaced runners
expect_noticed "$@"
