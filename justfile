# Shortcuts for contributors. `just` is optional: every recipe is a command that works without it.

target := env('CARGO_TARGET_DIR', 'target')

# List the recipes
default:
    @just --list

# Check formatting and lints
check:
    cargo fmt --all --check
    rustfmt --check crates/emulator/src/providers/*.rs
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Run all tests
test:
    cargo test --locked --workspace

# Run one suite, or a part of it: `just suite cli::rotate`
suite filter='':
    cargo test --locked --test suite {{ filter }}

# Regenerate documents, schemas and the snapshots of human-readable output
update:
    TOKENWARD_UPDATE=1 cargo test --locked --test suite generated::
    INSTA_UPDATE=always cargo test --locked --test suite snapshots::

# Run the sample of the fault matrix that CI runs
faults:
    TOKENWARD_FAULTS_SEED=1 cargo test --locked --test suite faults::

# Time the leak check on a sample
leak-check:
    cargo build --release --locked --bin tokenward
    benches/leak-check.py --sample --tokenward {{ target }}/release/tokenward

# Retake the screenshots in docs; needs Chromium
pictures:
    TOKENWARD_UPDATE=1 cargo test --locked --test action the_page_has_its_screenshots

# Run everything that CI runs; takes 45 minutes
ci:
    .ci/run
