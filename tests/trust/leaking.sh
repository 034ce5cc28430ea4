#!/usr/bin/env bash
# Makes builds that leak, in a copy of the tree, and expects the canary suite to notice each.
# Usage: tests/trust/leaking.sh [NAME...]   (all where none is named)
set -euo pipefail
cd "$(dirname "$0")/../.."

unset TOKENWARD_CANARY
suite_filter=(trust::canary trust::children)
source tests/support/mutants.sh

# gate: what is said goes out as it is. Other layers hold most of it back, so those that leak for certain open it as well.
gate() { sed -i '/pub fn cleaned(&self, text: &str)/,/^    }/ s/shown::without(text, \(.*\))$/{ let _cleaned = shown::without(text, \1); text.to_owned() }/' src/net/auth/vault.rs; }
suite_of[gate]='attacks::gate::'

# gate_forms: only the value itself is taken out, not its encodings.
gate_forms() { sed -i 's/        for form in forms(stretch) {/        for form in forms(stretch).into_iter().take(1) {/' src/net/auth/vault.rs; }
suite_of[gate_forms]='attacks::gate::'

# scrub: what was typed is repeated whatever it holds.
scrub() { sed -i 's/if self\.may_be_in(text\.as_bytes()) {/if false {/' src/net/scrub.rs; }
suite_of[scrub]='attacks::values::d1_'

# quote_unscrubbed: a provider's or GitHub's message is quoted whatever it holds.
quote_unscrubbed() { sed -i 's/    if is_prose(&sentence) && !repeats(&Readings::of(said)) {/    let _ = (is_prose(\&sentence), repeats(\&Readings::of(said)));\n    if true {/' src/net/echo/mod.rs; }
suite_of[quote_unscrubbed]='attacks::values::d4_'

# debug: a value is shown by Debug, and somebody logs one.
debug() {
    sed -i 's|f\.write_str("Secret(\*\*\*)")|write!(f, "Secret({})", self.0.expose_secret())|' src/domain/secret.rs
    sed -i 's|        let token = token\.clone();|        let token = token.clone();\n        tracing::trace!(?token, "a client");|' src/net/github/client.rs
}

# outcome: what was done names the new value.
outcome() {
    gate
    sed -i 's/        \.done(format!("issued key {} as {name}", minted\.id)))/        .done(format!("issued key {} as {name} {}", minted.id, memory.value.in_hand.as_ref().map(|value| value.expose()).unwrap_or_default())))/' src/rotation/steps/mint.rs
}

# error: why a value was refused names the value, as base64.
error() {
    gate
    sed -i 's/^pub(crate) fn not_alive(cx: &Context<._>, verdict: &Verdict) -> Option<Problem> {/&\n    use base64::Engine as _;\n    let shown = cx.job.values.handed.as_ref().map(|value| base64::engine::general_purpose::STANDARD.encode(value.expose())).unwrap_or_default();\n    if !shown.is_empty() \&\& !verdict.is_alive() {\n        return Some(Problem::new(crate::domain::Code::CurrentDead, format!("does not work: {shown}")));\n    }/' src/rotation/steps/adopt.rs
}

# journal: a record's words hold half of the new value.
journal() {
    gate
    sed -i 's/    Ok(Transition::keep(to, format!("issued as key {}", minted\.id))/    let half: String = memory.value.in_hand.iter().flat_map(|value| value.expose().chars().skip(30)).collect();\n    Ok(Transition::keep(to, format!("issued as key {} {half}", minted.id))/' src/rotation/steps/mint.rs
}

# address: a credential is in the address of a request.
address() {
    sed -i 's|http::Request::builder()\.method(method)\.uri(path), body)|http::Request::builder().method(method).uri(format!("{path}{}access_token={}", if path.contains(\x27?\x27) { \x27\&\x27 } else { \x27?\x27 }, self.token.expose())), body)|' src/net/github/client.rs
}

# environment: git inherits everything.
environment() { sed -i 's/    command\.env_clear()\.env(/    command.env(/' src/git/command.rs; }

# argument: git is given a credential as a setting.
argument() {
    sed -i 's|    command\.env_clear()\.env(|    command.arg(format!("--namespace={}", std::env::var("GITHUB_TOKEN").unwrap_or_default()));\n&|' src/git/command.rs
}

# mask: a new value is not masked.
mask() { sed -i 's|            self\.command("add-mask", &\[\], line);|            let _ = line;|' src/github/runner.rs; }

# finding: a leak is shown in full.
finding() { sed -i 's|    let shown = if count >= 12 { 4 } else { 0 };|    let shown = count;|' src/domain/text.rs; }

# bare_repository: a folder of git's form is taken for a repository.
bare_repository() {
    sed -i 's|        let entry = top\.join("\.git");|&\n        let entry = if top.join("objects").is_dir() \&\& top.join("HEAD").is_file() { top.to_owned() } else { entry };|' src/git/repository.rs
}
suite_of[bare_repository]='attacks::checkout::bare::'

# links_followed: a link of the repository leads to any file.
links_followed() {
    sed -i '/\.strip_prefix(&top)$/{N;s/\n *\.map_err(.*)?;/.unwrap_or(\&real);/}' src/cli/checkout/disk.rs
}
suite_of[links_followed]='attacks::checkout::links::'

# unhashed: an object is believed without being hashed.
unhashed() { sed -i 's/        if hashed != parsed {/        if false \&\& hashed != parsed {/' src/git/objects.rs; }
suite_of[unhashed]='attacks::checkout::forged::'

(($#)) || set -- gate gate_forms scrub quote_unscrubbed debug outcome error journal address environment argument mask finding bare_repository links_followed unhashed
expect_noticed "$@"
