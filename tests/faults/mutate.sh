#!/usr/bin/env bash
# Breaks the engine on purpose, in a copy of the tree, and expects the fault suite to notice each time.
# The suite must pass on the copy as it is first: a suite that fails anyway notices nothing.
# Usage: tests/faults/mutate.sh [NAME...]   (all where none is named; a seed may be given in TOKENWARD_FAULTS_SEED)
set -euo pipefail
cd "$(dirname "$0")/../.."

root="$PWD"
target="${CARGO_TARGET_DIR:-$root/target}"
export TOKENWARD_FAULTS_SEED="${TOKENWARD_FAULTS_SEED:-1}"
unset TOKENWARD_FAULTS
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# The crates we depend on are compiled once: hard links to what is there, without what belongs to this workspace.
share() {
    local kind
    [[ -d "$target/debug/deps" ]] || return 0
    mkdir -p "$work/target/debug"
    for kind in deps build .fingerprint; do
        cp -al "$target/debug/$kind" "$work/target/debug/" 2>/dev/null || cp -a "$target/debug/$kind" "$work/target/debug/"
    done
    find "$work/target/debug" -maxdepth 2 \( -name '*tokenward*' -o -name 'faults-*' \) -exec rm -rf {} +
    find "$work/target/debug/deps" -maxdepth 1 -type f ! -name '*.*' -delete
}

# The tree as it stands, changes that are not committed included.
fresh() {
    rm -rf "$work/tree"
    mkdir -p "$work/tree"
    git ls-files -z --cached --others --exclude-standard | xargs -0 -I{} cp --parents {} "$work/tree" 2>/dev/null || true
}

suite() { (cd "$work/tree" && CARGO_INCREMENTAL=0 CARGO_TARGET_DIR="$work/target" cargo test --quiet --test faults "$@"); }

# fence: the record that makes "certainly nowhere" decidable is not written.
fence() {
    sed -i '/async fn fence/,/^    }/ s|self\.journal(to, "tested; from here on it may be in any destination")\.await|{ self.state = to; Ok(()) }|' src/rotation/deliver.rs
}

# retry: a create whose answer was lost is sent again.
retry() {
    sed -i 's|let minted = match self\.job\.driver\.create(manager, &order)\.await {|let mut asked = self.job.driver.create(manager, \&order).await;\n        if matches!(asked, Err(Refusal::Unclear { .. })) {\n            asked = self.job.driver.create(manager, \&order).await;\n        }\n        let minted = match asked {|' src/rotation/mint.rs
}

# position: what is revoked is the first key of the list.
position() {
    sed -i '/pub(super) async fn revoke/,/^    }/ s|let id = self\.id(index)?;|let id = self.job.driver.list(self.manager()?).await.map_err(\|_\| bug("no list"))?.remove(0).id;|' src/rotation/retire.rs
}

# takeback: a refused home takes the key back, whatever a run before this one has delivered.
takeback() {
    sed -i 's|let untried = self\.fenced_here && |let untried = |' src/rotation/deliver.rs
}

# unwritten: a key is deleted without a word in the journal.
unwritten() {
    sed -i '/async fn begin_revoking/,/^    }/ s|self\.journal(to, &event)\.await|{ let _ = event; self.state = to; Ok(()) }|' src/rotation/retire.rs
}

share
fresh
echo "== the engine as it is"
suite >"$work/log" 2>&1 || { cat "$work/log"; echo "the suite fails on the engine as it is"; exit 1; }

missed=0
for mutation in "${@:-fence retry position takeback unwritten}"; do
    for name in $mutation; do
        fresh
        (cd "$work/tree" && cp -r src "$work/before" && "$name" && ! diff -rq src "$work/before" >/dev/null) || { echo "$name no longer fits the source"; exit 1; }
        rm -rf "$work/before"
        suite --no-run >"$work/log" 2>&1 || { cat "$work/log"; echo "$name does not compile"; exit 1; }
        if suite >"$work/log" 2>&1; then
            echo "== $name: NOT NOTICED"
            missed=1
        else
            echo "== $name: noticed by"
            sed -nE 's/^(    )([a-z_]+::[a-z0-9_]+)$/   \2/p' "$work/log" | sort -u
        fi
    done
done
exit "$missed"
