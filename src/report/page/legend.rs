//! What the words on the page mean, for readers who do not know the documentation.

/// The legend.
pub(super) const LEGEND: &str = "<details class=\"legend\"><summary>What the words mean</summary><dl>\
<dt>not adopted</dt><dd>tokenward does not manage the value yet</dd>\
<dt>in use</dt><dd>one value is in use, and every older one is revoked</dd>\
<dt>rotating</dt><dd>a new value is being issued or delivered</dd>\
<dt>waiting for proof</dt><dd>every destination was written; a later run has to prove that the value arrived</dd>\
<dt>grace period</dt><dd>the new value is in use, and the old one still works</dd>\
<dt>revoking</dt><dd>the old value is being revoked</dd>\
<dt>v3</dt><dd>the version: the third value since tokenward adopted the token; v0 is the one before</dd>\
<dt>Life</dt><dd>the bar shows the time left until the value expires or is due for rotation</dd>\
<dt>confirmed</dt><dd>a run received this value from the destination</dd>\
<dt>delivered</dt><dd>tokenward wrote it, and nobody has changed it since</dd>\
<dt>drifted</dt><dd>somebody else has changed the secret since then</dd>\
<dt>missing</dt><dd>the secret does not exist</dd>\
<dt>unknown</dt><dd>not checked, or not written by tokenward yet</dd>\
<dt>not checked</dt><dd>this run could not check it, so there may be a problem</dd>\
</dl></details>\n";

/// A token's state as the page calls it.
pub(super) fn in_words(state: &str) -> &str {
    match state {
        "new" => "not adopted",
        "idle" => "in use",
        "intent" | "refreshing" | "minted" | "pushing" | "aborting" => "rotating",
        "pushed" => "waiting for proof",
        "grace" => "grace period",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Health;
    use crate::domain::outcome::Reached;

    #[test]
    fn the_legend_has_every_word_that_a_row_can_have() {
        let states = ["new", "idle", "intent", "pushing", "pushed", "grace", "revoking"];
        let words = states.map(in_words).into_iter().chain(Reached::ALL.map(Reached::as_str));
        for word in words.chain([Health::NotLookedAt.in_words()]) {
            assert!(LEGEND.contains(&format!("<dt>{word}</dt>")), "{word}");
        }
    }
}
