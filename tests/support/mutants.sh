# Makes builds that are wrong on purpose, in a copy of the tree, and expects a suite to notice each. Sourced by a script at the
# repository's root that names the tests that must notice in `suite_filter` and has a function for each mutation, which changes files under `src`.
# The suite must pass on the copy as it is first: a suite that fails anyway notices nothing.

root="$PWD"
target="${CARGO_TARGET_DIR:-$root/target}"
work="$(mktemp -d "${TMPDIR:-/tmp}/mutants.XXXXXX")"
trap 'rm -rf "$work"' EXIT

# The crates we depend on are compiled once: hard links to what is there, without what belongs to this workspace.
share() {
    local kind
    [[ -d "$target/debug/deps" ]] || return 0
    mkdir -p "$work/target/debug"
    for kind in deps build .fingerprint; do
        cp -al "$target/debug/$kind" "$work/target/debug/" 2>/dev/null || cp -a "$target/debug/$kind" "$work/target/debug/"
    done
    find "$work/target/debug" -maxdepth 2 \( -name '*tokenward*' -o -name 'suite-*' \) -exec rm -rf {} +
    find "$work/target/debug/deps" -maxdepth 1 -type f ! -name '*.*' -delete
}

# The tree as it stands, changes that are not committed included. Times are kept, so that only what is changed is compiled again.
fresh() {
    rm -rf "$work/tree"
    mkdir -p "$work/tree"
    git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents --preserve=timestamps -t "$work/tree" 2>/dev/null || true
}

# Arguments go to cargo. The tests that run are named in `suite_filter`; a mutation that others have to notice is named in `suite_of`:
# `suite_of[pause_unbounded]='attacks::bounds::'`.
declare -A suite_of
suite() {
    local words=("${suite_filter[@]}")
    [[ -z "${suite_of[$mutation]:-}" ]] || read -ra words <<<"${suite_of[$mutation]}"
    (cd "$work/tree" && CARGO_INCREMENTAL=0 CARGO_TARGET_DIR="$work/target" \
        cargo test --quiet --test suite "$@" -- "${words[@]}")
}

# Says of each mutation which tests notice it; fails where none does.
expect_noticed() {
    local name mutation missed=0
    local -A whole=()
    share
    for name in "$@"; do
        mutation="$name"
        fresh
        if [[ -z "${whole[${suite_of[$name]:-usual}]:-}" ]]; then
            echo "== the build as it is, by ${suite_of[$name]:-${suite_filter[*]}}"
            suite >"$work/log" 2>&1 || { cat "$work/log"; echo "the suite fails on the build as it is"; return 1; }
            whole[${suite_of[$name]:-usual}]=yes
        fi
        (cd "$work/tree" && cp -r src "$work/before" && "$name" && ! diff -rq src "$work/before" >/dev/null) || { echo "$name no longer fits the source"; return 1; }
        rm -rf "$work/before"
        suite --no-run >"$work/log" 2>&1 || { cat "$work/log"; echo "$name does not compile"; return 1; }
        if suite >"$work/log" 2>&1; then
            echo "== $name: NOT NOTICED"
            missed=1
        else
            echo "== $name: noticed by"
            sed -nE 's/^(    )([a-z_]+(::[a-z0-9_]+)+)$/   \2/p' "$work/log" | sort -u
        fi
    done
    return "$missed"
}
