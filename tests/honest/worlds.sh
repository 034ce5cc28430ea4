#!/usr/bin/env bash
# Ten thousand random worlds, held against what the emulator alone knows. It builds with optimisation first.
set -euo pipefail
cd "$(dirname "$0")/../.."

export TOKENWARD_WORLDS="${TOKENWARD_WORLDS:-10000}"
cargo test --locked --profile matrix --test suite "$@" -- honest::worlds
