//! Users and organizations as GitHub describes them inside other answers.

use super::call::Call;
use super::org_secrets::Org;
use crate::clock::rfc3339;
use crate::http::Answer;
use serde_json::{Value, json};

/// The bot that acts for a credential.
pub(super) const BOT: (&str, u64) = ("tokenward[bot]", 41);

/// A "simple user": also what an organization looks like as an owner.
pub(super) fn account(login: &str, id: u64, kind: &str, call: &Call) -> Value {
    let escaped = login.replace('[', "%5B").replace(']', "%5D");
    let api = call.url(&format!("/users/{escaped}"));
    json!({
        "login": login,
        "id": id,
        "node_id": format!("U_{id}"),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?v=4"),
        "gravatar_id": "",
        "url": api,
        "html_url": format!("https://github.com/{escaped}"),
        "followers_url": format!("{api}/followers"),
        "following_url": format!("{api}/following{{/other_user}}"),
        "gists_url": format!("{api}/gists{{/gist_id}}"),
        "starred_url": format!("{api}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{api}/subscriptions"),
        "organizations_url": format!("{api}/orgs"),
        "repos_url": format!("{api}/repos"),
        "events_url": format!("{api}/events{{/privacy}}"),
        "received_events_url": format!("{api}/received_events"),
        "type": kind,
        "site_admin": false,
    })
}

pub(super) fn bot(call: &Call) -> Value {
    account(BOT.0, BOT.1, "Bot", call)
}

/// Who has this login; a name in brackets is a bot's.
pub(super) fn who(login: &str, call: &Call) -> Value {
    if login == BOT.0 {
        bot(call)
    } else {
        account(login, 97, if login.ends_with("[bot]") { "Bot" } else { "User" }, call)
    }
}

/// The one question of GraphQL's that is asked: `query { viewer { login } }`. GitHub answers it to
/// any credential.
pub(super) fn viewer(call: &Call) -> Answer {
    match call.body() {
        Ok(body) if call.method() == "POST" && body["query"] == "query { viewer { login } }" => {
            Answer::json(200, &json!({"data": {"viewer": {"login": BOT.0}}}))
        }
        Ok(_) => Answer::json(
            200,
            &json!({"errors": [{"type": "undefinedField", "message": "A query attribute must be specified"}]}),
        ),
        Err(refused) => refused,
    }
}

/// An organization asked for by itself.
pub(super) fn organization(org: &Org, call: &Call) -> Value {
    let api = call.url(&format!("/orgs/{}", org.login));
    json!({
        "login": org.login,
        "id": org.id,
        "node_id": format!("O_{}", org.id),
        "url": api,
        "repos_url": format!("{api}/repos"),
        "events_url": format!("{api}/events"),
        "hooks_url": format!("{api}/hooks"),
        "issues_url": format!("{api}/issues"),
        "members_url": format!("{api}/members{{/member}}"),
        "public_members_url": format!("{api}/public_members{{/member}}"),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{}?v=4", org.id),
        "description": null,
        "html_url": format!("https://github.com/{}", org.login),
        "has_organization_projects": true,
        "has_repository_projects": true,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "type": "Organization",
        "created_at": rfc3339(org.created_at),
        "updated_at": rfc3339(org.created_at),
        "archived_at": null,
    })
}
