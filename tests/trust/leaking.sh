#!/usr/bin/env bash
# Makes builds that leak, in a copy of the tree, and expects the canary suite to notice each.
# The suite must pass on the copy as it is first: a suite that fails anyway notices nothing.
# Usage: tests/trust/leaking.sh [NAME...]   (all where none is named)
set -euo pipefail
cd "$(dirname "$0")/../.."

root="$PWD"
target="${CARGO_TARGET_DIR:-$root/target}"
unset TOKENWARD_CANARY
work="$(mktemp -d "${TMPDIR:-/tmp}/leaking.XXXXXX")"
trap 'rm -rf "$work"' EXIT

# The crates we depend on are compiled once: hard links to what is there, without what belongs to this workspace.
share() {
    local kind
    [[ -d "$target/debug/deps" ]] || return 0
    mkdir -p "$work/target/debug"
    for kind in deps build .fingerprint; do
        cp -al "$target/debug/$kind" "$work/target/debug/" 2>/dev/null || cp -a "$target/debug/$kind" "$work/target/debug/"
    done
    find "$work/target/debug" -maxdepth 2 \( -name '*tokenward*' -o -name 'trust-*' \) -exec rm -rf {} +
    find "$work/target/debug/deps" -maxdepth 1 -type f ! -name '*.*' -delete
}

# The tree as it stands, changes that are not committed included. Times are kept, so that only what is changed is compiled again.
fresh() {
    rm -rf "$work/tree"
    mkdir -p "$work/tree"
    git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents --preserve=timestamps -t "$work/tree" 2>/dev/null || true
}

suite() { (cd "$work/tree" && CARGO_INCREMENTAL=0 CARGO_TARGET_DIR="$work/target" cargo test --quiet --test trust "$@" -- canary children values); }

# scrub: what a platform says is shown as it is said.
scrub() { sed -i 's/if self\.may_be_in(text\.as_bytes()) {/if false {/' src/net/scrub.rs; }

# scrub_forms: only the value itself is taken out of it, not its encodings.
scrub_forms() { sed -i 's/ = forms(value)\.into_iter()/ = vec![value.to_owned()].into_iter()/' src/net/scrub.rs; }

# debug: a value is shown by Debug, and somebody logs one.
debug() {
    sed -i 's|f\.write_str("Secret(\*\*\*)")|write!(f, "Secret({})", self.0.expose_secret())|' src/domain/secret.rs
    sed -i 's|        let token = token\.clone();|        let token = token.clone();\n        tracing::trace!(?token, "a client");|' src/net/github/client.rs
}

# outcome: what was done names the new value.
outcome() {
    sed -i 's|self\.done(format!("issued key {} as {name}", minted\.id));|let shown = self.in_hand.as_ref().map(\|value\| value.expose().to_owned()).unwrap_or_default();\n        self.done(format!("issued key {} as {name} {shown}", minted.id));|' src/rotation/mint.rs
}

# error: why a value was refused names the value, as base64.
error() {
    sed -i 's|    fn not_alive(&self, verdict: &Verdict) -> Option<Problem> {|&\n        use base64::Engine as _;\n        let shown = self.job.handed.as_ref().map(\|value\| base64::engine::general_purpose::STANDARD.encode(value.expose())).unwrap_or_default();\n        if !shown.is_empty() \&\& !verdict.is_alive() {\n            return Some(Problem::new(Code::CurrentDead, format!("does not work: {shown}")));\n        }|' src/rotation/adopt.rs
}

# journal: a record's words hold half of the new value.
journal() {
    sed -i 's|self\.journal(to, &format!("issued as key {}", minted\.id))\.await?;|let half: String = self.in_hand.iter().flat_map(\|value\| value.expose().chars().skip(30)).collect();\n        self.journal(to, \&format!("issued as key {} {half}", minted.id)).await?;|' src/rotation/mint.rs
}

# address: a credential is in the address of a request.
address() {
    sed -i 's|http::Request::builder()\.method(method)\.uri(path), body)|http::Request::builder().method(method).uri(format!("{path}{}access_token={}", if path.contains(\x27?\x27) { \x27\&\x27 } else { \x27?\x27 }, self.token.expose())), body)|' src/net/github/client.rs
}

# environment: git inherits everything.
environment() { sed -i '/    command\.env_clear();/d' src/scan/git.rs; }

# argument: git is given a credential as a setting.
argument() {
    sed -i 's|    command\.envs(\[("LC_ALL", "C")|    command.arg(format!("--namespace={}", std::env::var("GITHUB_TOKEN").unwrap_or_default()));\n&|' src/scan/git.rs
}

# mask: a new value is not masked.
mask() { sed -i 's|            self\.command("add-mask", &\[\], line);|            let _ = line;|' src/github/runner.rs; }

# finding: a leak is shown in full.
finding() { sed -i 's|    let shown = if count >= 12 { 4 } else { 0 };|    let shown = count;|' src/domain/text.rs; }

all=(scrub scrub_forms debug outcome error journal address environment argument mask finding)

share
fresh
echo "== the build as it is"
suite >"$work/log" 2>&1 || { cat "$work/log"; echo "the suite fails on the build as it is"; exit 1; }

missed=0
(($#)) || set -- "${all[@]}"
for name in "$@"; do
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
exit "$missed"
