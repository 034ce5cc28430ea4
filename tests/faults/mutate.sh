#!/usr/bin/env bash
# Breaks the engine on purpose, in a copy of the tree, and expects the fault suite to notice each time.
# Usage: tests/faults/mutate.sh [NAME...]   (all where none is named; a seed may be given in TOKENWARD_FAULTS_SEED)
set -euo pipefail
cd "$(dirname "$0")/../.."

export TOKENWARD_FAULTS_SEED="${TOKENWARD_FAULTS_SEED:-1}"
unset TOKENWARD_FAULTS
suite_filter=(faults::)
source tests/support/mutants.sh

# fence: the record that makes "certainly nowhere" decidable is not written.
fence() {
    sed -i 's|        let to = as_written(self\.world, from, record\.to, record\.keeps_lease, now);|&\n        if record.event.starts_with("tested;") {\n            return Ok(to);\n        }|' src/rotation/effects/live.rs
}

# retry: a create whose answer was lost is sent again.
retry() {
    sed -i 's|let minted = match cx\.actions\.create(manager, &order)\.await {|let mut asked = cx.actions.create(manager, \&order).await;\n    if matches!(asked, Err(ProviderError::Unclear { .. })) {\n        asked = cx.actions.create(manager, \&order).await;\n    }\n    let minted = match asked {|' src/rotation/steps/mint.rs
}

# position: what is revoked is the first key of the list.
position() {
    sed -i '/^pub(crate) async fn revoke/,/^}/ s/let id = id(state, index)?;/let manager = preflight::manager(cx, state, memory)?;\n    let id = cx.job.driver.list(manager).await.map_err(|_| bug("no list"))?.remove(0).id.ok_or_else(|| bug("no id"))?;/' src/rotation/steps/retire.rs
}

# takeback: a refused home takes the key back, whatever a run before this one has delivered.
takeback() {
    sed -i 's/        memory\.sent\.fenced_here && pushes\.values()/        pushes.values()/' src/rotation/steps/deliver.rs
}

# unwritten: a key is deleted without a word in the journal.
unwritten() {
    sed -i 's|        let to = as_written(self\.world, from, record\.to, record\.keeps_lease, now);|&\n        if record.event.ends_with("will be revoked") {\n            return Ok(to);\n        }|' src/rotation/effects/live.rs
}

# pause_unbounded: a server is waited for as long as it asks.
suite_of[pause_unbounded]='attacks::bounds::waits'
pause_unbounded() { sed -i 's/        self\.asked\.min(Self::LONGEST)/        self.asked/' src/domain/wait.rs; }

# unsigned: a record that nobody signed is believed.
suite_of[unsigned]='faults::journal_fuzz'
unsigned() {
    sed -i 's/signed\.find(|record| !is_ours(record))/signed.find(|record| record.mac.is_some() \&\& !is_ours(record))/' src/journal/store.rs
    sed -i 's/let unsigned = key\.is_some() && /let unsigned = false \&\& /' src/journal/ledger.rs
}

(($#)) || set -- fence retry position takeback unwritten pause_unbounded unsigned
expect_noticed "$@"
