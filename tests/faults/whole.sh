#!/usr/bin/env bash
# The whole fault matrix: every request of a rotation with everything that can happen to it, the binary killed at each, and a hundred
# thousand forged journals. It builds with optimisation first; 25 minutes on two cores.
set -euo pipefail
cd "$(dirname "$0")/../.."

export TOKENWARD_FAULTS=all TOKENWARD_FAULTS_SEED="${TOKENWARD_FAULTS_SEED:-1}" TOKENWARD_JOURNAL_FUZZ="${TOKENWARD_JOURNAL_FUZZ:-100000}"
cargo test --locked --profile matrix --test suite "$@" -- faults::
