#!/usr/bin/env bash
# Breaks the engine on purpose, in a copy of the tree, and expects the fault suite to notice each time.
# Usage: tests/faults/mutate.sh [NAME...]   (all where none is named; a seed may be given in TOKENWARD_FAULTS_SEED)
set -euo pipefail
cd "$(dirname "$0")/../.."

export TOKENWARD_FAULTS_SEED="${TOKENWARD_FAULTS_SEED:-1}"
unset TOKENWARD_FAULTS
suite_target=faults suite_filter=()
source tests/support/mutants.sh

# fence: the record that makes "certainly nowhere" decidable is not written.
fence() {
    sed -i '/async fn fence/,/^    }/ s|self\.journal(to, "tested; from here on it may be in any destination")\.await|{ self.state = to; Ok(()) }|' src/rotation/deliver.rs
}

# retry: a create whose answer was lost is sent again.
retry() {
    sed -i 's|let minted = match self\.job\.driver\.create(manager, &order)\.await {|let mut asked = self.job.driver.create(manager, \&order).await;\n        if matches!(asked, Err(ProviderError::Unclear { .. })) {\n            asked = self.job.driver.create(manager, \&order).await;\n        }\n        let minted = match asked {|' src/rotation/mint.rs
}

# position: what is revoked is the first key of the list.
position() {
    sed -i '/pub(super) async fn revoke/,/^    }/ s|let id = self\.id(index)?;|let id = self.job.driver.list(self.manager()?).await.map_err(\|_\| bug("no list"))?.remove(0).id.ok_or_else(\|\| bug("no id"))?;|' src/rotation/retire.rs
}

# takeback: a refused home takes the key back, whatever a run before this one has delivered.
takeback() {
    sed -i 's|let untried = self\.fenced_here && |let untried = |' src/rotation/deliver.rs
}

# unwritten: a key is deleted without a word in the journal.
unwritten() {
    sed -i '/async fn begin_revoking/,/^    }/ s|self\.journal(to, &event)\.await|{ let _ = event; self.state = to; Ok(()) }|' src/rotation/retire.rs
}

# pause_unbounded: a server is waited for as long as it asks.
suite_of[pause_unbounded]='attacks bounds::waits'
pause_unbounded() { sed -i 's/        self\.asked\.min(Self::LONGEST)/        self.asked/' src/domain/wait.rs; }

# unsigned: a record that nobody signed is believed.
suite_of[unsigned]='faults journal_fuzz'
unsigned() {
    sed -i 's/signed\.find(|record| !is_ours(record))/signed.find(|record| record.mac.is_some() \&\& !is_ours(record))/' src/journal/store.rs
    sed -i 's/let unsigned = key\.is_some() && /let unsigned = false \&\& /' src/journal/ledger.rs
}

(($#)) || set -- fence retry position takeback unwritten pause_unbounded unsigned
expect_noticed "$@"
