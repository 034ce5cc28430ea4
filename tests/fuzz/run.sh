#!/usr/bin/env bash
# Lets libFuzzer look at each target for so many seconds, one after the other, and says how much was tried and what was found.
# Needs cargo-fuzz. What it finds on its way stays in the build's folder; what is worth keeping goes into `corpus` by hand, and small.
# Usage: tests/fuzz/run.sh SECONDS [TARGET...]   (all targets where none is named)
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds="${1:?how many seconds?}"
shift
export RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/tests/fuzz/target}"
targets=("$@")
((${#targets[@]})) || mapfile -t targets < <(sed -nE 's/^name = "([a-z_]+)"$/\1/p' tests/fuzz/Cargo.toml | grep -v tokenward)

found=0
for target in "${targets[@]}"; do
    own="$CARGO_TARGET_DIR/corpora/$target" finds="$CARGO_TARGET_DIR/finds/$target" log="$CARGO_TARGET_DIR/$target.log"
    mkdir -p "$own" "$finds"
    seeds=()
    [[ ! -d "tests/fuzz/corpus/$target" ]] || seeds+=("tests/fuzz/corpus/$target")
    [[ "$target" != provider_file ]] || seeds+=(src/providers/specs)
    # No sanitizer: the code is safe Rust, and what is looked for are panics, lost time and broken promises.
    if cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none "$target" "$own" "${seeds[@]}" -- \
        -max_total_time="$seconds" -rss_limit_mb=2048 -max_len=65536 -timeout=20 -print_final_stats=1 -artifact_prefix="$finds/" >"$log" 2>&1; then
        echo "$target: no finding in $(sed -nE 's/^Done ([0-9]+) runs in ([0-9]+) second.*/\1 runs, \2 s/p' "$log")"
    else
        echo "$target: FOUND something, see $log"
        grep -aE 'panicked|SUMMARY|ERROR|Test unit written' "$log" | head -5 || true
        found=1
    fi
done
exit "$found"
