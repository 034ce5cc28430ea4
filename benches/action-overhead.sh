#!/usr/bin/env bash
# What the Action itself costs: taking a released binary from the runner's tool cache, and a leak check of a pull request, as the runner
# starts them.
# Usage: benches/action-overhead.sh [BINARY] [ROUNDS]   (a release build; medians in milliseconds; judges nothing)
set -euo pipefail
cd "$(dirname "$0")/.."

readonly root="$PWD" binary="$(realpath "${1:-target/release/tokenward}")" rounds="${2:-10}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com

# A repository of a few thousand lines, and a branch of so many commits, each of which changes five files.
repository() {
    local folder="$1" commits="$2" commit file
    git init -q -b main "$folder"
    for file in {1..60}; do seq "$file" $((file * 40)) | sed 's/.*/    let value_& = compute(&, "name of &");/' >"$folder/file$file.rs"; done
    git -C "$folder" add . && git -C "$folder" commit -qm base
    git -C "$folder" checkout -q -b feature
    for ((commit = 1; commit <= commits; commit++)); do
        for file in 1 2 3 4 5; do seq 30 | sed "s/.*/    change_$commit(\"$file\", &);/" >>"$folder/file$(((commit * 5 + file) % 60 + 1)).rs"; done
        git -C "$folder" commit -qam "commit $commit"
    done
    printf '{"action": "opened", "number": 1, "pull_request": {"number": 1, "base": {"ref": "main", "sha": "%s", "repo": {"full_name": "acme/site"}}, "head": {"ref": "feature", "sha": "%s", "repo": {"full_name": "acme/site", "fork": false}}}, "repository": {"full_name": "acme/site", "default_branch": "main"}}' \
        "$(git -C "$folder" rev-parse main)" "$(git -C "$folder" rev-parse feature)" >"$folder.json"
}

runner() {
    local folder="$1"
    shift
    (cd "$folder" && env -i PATH="$PATH" HOME="$work" GITHUB_ACTIONS=true GITHUB_ACTION_PATH="$work/action" RUNNER_TOOL_CACHE="$work/tools" RUNNER_TEMP="$work" \
        GITHUB_OUTPUT="$work/output" GITHUB_STEP_SUMMARY="$work/summary" GITHUB_WORKSPACE="$folder" GITHUB_REPOSITORY=acme/site \
        GITHUB_EVENT_NAME=pull_request GITHUB_EVENT_PATH="$folder.json" GITHUB_REF=refs/pull/1/merge GITHUB_RUN_ID=1 GITHUB_RUN_ATTEMPT=1 \
        GITHUB_SHA="$(git -C "$folder" rev-parse HEAD)" TOKENWARD_INPUT_VERSION=9.9.9 TOKENWARD_INPUT_COMMAND=scan TOKENWARD_INPUT_ANNOTATIONS=true \
        TOKENWARD_INPUT_SUMMARY=true "$@" >>"$work/log" 2>&1)
}

now() { echo "${EPOCHREALTIME/[.,]/}"; }

median() { sort -n | awk '{ at[NR] = $1 } END { printf "%.0f", at[int((NR + 1) / 2)] / 1000 }'; }

: >"$work/output"
repository "$work/one" 1
repository "$work/sixty" 60

# The Action as of a release: its table of hashes names an archive that the image brought along.
mkdir -p "$work/action/action" "$work/tools/tokenward"
cp "$root/action/install" "$work/action/action/"
case "$(uname -m)" in aarch64 | arm64) target=aarch64-unknown-linux-musl ;; *) target=x86_64-unknown-linux-musl ;; esac
archive="$work/tools/tokenward/tokenward-9.9.9-$target.tar.gz"
cp "$binary" "$work/tokenward"
tar -czf "$archive" -C "$work" tokenward
echo "9.9.9 $target $(sha256sum "$archive" | cut -d ' ' -f 1)" >"$work/action/action/checksums.txt"

for change in one sixty; do
    installs=() checks=()
    for ((round = 0; round < rounds; round++)); do
        begun="$(now)"
        runner "$work/$change" sh "$work/action/action/install" || { cat "$work/log"; exit 1; }
        installed="$(now)"
        taken="$(sed -n 's/^binary=//p' "$work/output" | tail -n 1)"
        runner "$work/$change" "$taken" action || { cat "$work/log"; exit 1; }
        installs+=($((installed - begun))) checks+=($(($(now) - installed)))
        rm -rf "$(dirname "$taken")"
    done
    printf 'a pull request of %s: taking the binary %s ms, the check with its report %s ms\n' \
        "$([[ $change == one ]] && echo 'one commit' || echo '60 commits')" \
        "$(printf '%s\n' "${installs[@]}" | median)" "$(printf '%s\n' "${checks[@]}" | median)"
done
