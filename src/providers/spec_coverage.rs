//! That the file format carries providers unlike the first three: forms and Basic, keys in bodies,
//! pairs, hosts that depend on the value, death by body at status 500, disabling. The files are
//! sketches for the format, not the providers' own.

use std::collections::BTreeMap;

use serde_json::{Value, json as j};

use super::fake::{Fake, Step, Told, json};
use super::model::{Spec, check, examples::expand};
use super::{Driver, Order, ProviderError, Revoked};
use crate::domain::{KeyId, Secret};

fn file(yaml: &str) -> Spec {
    let tree: Value = serde_yaml::from_str(yaml).unwrap();
    check::read(tree).unwrap_or_else(|flaws| panic!("{}", flaws[0]))
}

fn value(spec: &Spec) -> Secret {
    Secret::new(expand(&spec.tokens[0].examples.r#match[0], 5).unwrap())
}

const FORMS: &str = "
id: forms
name: Forms
docs: https://forms.example/docs
hosts: [api.forms.example]
regions: [{id: us, base: 'https://api.forms.example'}]
tokens:
  - id: api-key
    name: key
    shape: '[0-9a-f]{32}-(?<key_id>[0-9a-f]{8}-[0-9a-f]{8})'
    examples: {match: ['{hex:32}-{hex:8}-{hex:8}']}
auth: {basic: {user: api, password: '{{token}}'}}
rotate:
  kind: api-key
  create:
    request:
      method: POST
      path: /v1/keys
      form: {role: '{{scope}}', description: '{{name}}', domain_name: '{{with.domain}}'}
    ok: 200
    value: /key/secret
    id: /key/id
    created-at: /key/created_at
    quota: [{status: 403, body: [{pointer: /message, contains: limit reached}]}]
  list:
    request: {method: GET, path: /v1/keys}
    items: /items
    id: /id
  disable: {request: {method: PATCH, path: '/v1/keys/{{id}}', json: {status: disabled}}}
  revoke:
    request: {method: DELETE, path: '/v1/keys/{{id}}'}
    ok: 200
    gone: [{status: 404}]
";

#[tokio::test(start_paused = true)]
async fn a_form_and_basic_make_a_key_and_a_patch_disables_it() {
    let spec = file(FORMS);
    let made = j!({"message": "great success", "key": {"id": "the-id", "secret": "a-new-value", "created_at": "2026-11-24T02:00:00"}});
    let full = j!({"message": "could not create key, account limit reached"});
    let fake = Fake::with([json(200, made), json(403, full), json(200, j!({}))]);
    let told = Told::default();
    let driver = Driver::new(&spec, None, None, &fake, &told).unwrap();
    let with = BTreeMap::from([("domain".to_owned(), "a b.example".to_owned())]);
    let scopes = ["sending".to_owned()];
    let order = Order { name: "tw1-x", scopes: &scopes, with: &with, in_use: &[], carried: &[] };
    let minted = driver.create(&value(&spec), &order).await.unwrap();
    assert_eq!(
        (minted.id.as_str(), minted.at.unwrap().to_string().as_str()),
        ("the-id", "2026-11-24T02:00:00Z")
    );
    assert_eq!(fake.text(0), "description=tw1-x&domain_name=a%20b.example&role=sending");
    assert!(fake.header(0, "authorization").unwrap().starts_with("Basic YXBpO"));
    assert!(matches!(
        driver.create(&value(&spec), &order).await,
        Err(ProviderError::QuotaReached { .. })
    ));
    assert_eq!(driver.disable(&value(&spec), &KeyId::new("i")).await, Ok(Some(Revoked::Done)));
    assert_eq!(fake.body(2), j!({"status": "disabled"}));
}

const PAIRS: &str = "
id: pairs
name: Pairs
docs: https://pairs.example/docs
hosts: [iam.pairs.example, verify.pairs.example]
regions: [{id: us, base: 'https://iam.pairs.example'}]
tokens:
  - id: api-key
    name: key
    shape: '(?<key_id>SK[0-9a-f]{32}):(?<secret>[A-Za-z0-9]{32})'
    examples: {match: ['SK{hex:32}:{alnum:32}']}
auth: {basic: {user: '{{part.key_id}}', password: '{{part.secret}}'}}
verify:
  - request: {method: GET, base: 'https://verify.pairs.example', path: /v2/services}
    verdicts:
      - {when: {status: 200}, is: live}
      - {when: {status: 401, body: [{pointer: /code, equals: 20003}]}, is: invalid}
      - {when: {status: [401, 403], body: [{pointer: /code, equals: 70051}]}, is: limited}
rotate:
  kind: api-key
  create:
    request: {method: POST, path: /v1/keys, form: {AccountSid: '{{with.account}}', FriendlyName: '{{name}}'}}
    ok: 201
    value: /secret
    first: /sid
  list:
    request: {method: GET, path: /v1/keys, query: {AccountSid: '{{with.account}}'}}
    items: /keys
    id: /sid
    paging: {link: {next: /meta/next_page_url}}
  revoke:
    request: {method: DELETE, path: '/v1/keys/{{id}}'}
    ok: 204
    gone: [{status: 404}]
";

#[tokio::test(start_paused = true)]
async fn a_pair_is_one_value_and_its_first_half_is_the_id() {
    let spec = file(PAIRS);
    let sid = expand("SK{hex:32}", 8).unwrap();
    let secret = expand("{alnum:32}", 8).unwrap();
    let fake = Fake::with([
        json(201, j!({"sid": sid, "secret": secret})),
        json(401, j!({"code": 20003, "message": "Authenticate", "status": 401})),
        json(401, j!({"code": 70051, "message": "Authorization failed"})),
        json(200, j!({"keys": [{"sid": "SK1"}], "meta": {"next_page_url": null}})),
    ]);
    let told = Told::default();
    let account = BTreeMap::from([("account".to_owned(), "AC1".to_owned())]);
    let driver = Driver::new(&spec, None, None, &fake, &told).unwrap().with(&account);
    let none = BTreeMap::new();
    let minted = driver
        .create(
            &value(&spec),
            &Order { name: "n", scopes: &[], with: &none, in_use: &[], carried: &[] },
        )
        .await
        .unwrap();
    assert_eq!((minted.id.as_str(), minted.value.len()), (sid.as_str(), 34 + 1 + 32));
    assert_eq!(driver.verify(&minted.value).await.as_str(), "invalid");
    assert_eq!(driver.verify(&minted.value).await.as_str(), "limited");
    assert_eq!(driver.list(&minted.value).await.unwrap().len(), 1);
    assert_eq!(fake.calls()[1], "GET verify.pairs.example/v2/services");
    assert_eq!(fake.calls()[3], "GET iam.pairs.example/v1/keys?AccountSid=AC1");
}

const BODIES: &str = "
id: bodies
name: Bodies
docs: https://bodies.example/docs
hosts: ['*.api.bodies.example']
regions: [{id: any, base: 'https://{{part.dc}}.api.bodies.example/3.0'}]
tokens:
  - id: api-key
    name: key
    shape: '[0-9a-f]{32}-(?<dc>us[0-9]{1,2})'
    public: [dc]
    examples: {match: ['{hex:32}-us{digit:2}']}
auth: {body: {key: '{{token}}'}}
verify:
  - request: {method: POST, path: /users/ping2, json: {}, repeatable: true}
    verdicts:
      - {when: {status: 200, body: [{pointer: /PING}]}, is: live}
      - {when: {status: [401, 500], body: [{pointer: /name, equals: Invalid_Key}]}, is: invalid}
      - {when: {status: 403, unparsed: true, body: [{contains: address is blocked}]}, is: unknown}
rotate: {kind: manual, manual: {create: [Make a new key.], store: 'Put it into {{secret}}.'}}
";

#[tokio::test(start_paused = true)]
async fn a_value_can_choose_its_host_stand_in_a_body_and_be_dead_at_status_500() {
    let spec = file(BODIES);
    let fake = Fake::with([
        json(200, j!({"PING": "PONG!"})),
        json(
            500,
            j!({"status": "error", "code": -1, "name": "Invalid_Key", "message": "Invalid API key"}),
        ),
        json(500, j!({"status": "error", "name": "GeneralError"})),
        Step::Answer(403, "text/plain", "your address is blocked".to_owned()),
    ]);
    let told = Told::default();
    let driver = Driver::new(&spec, None, None, &fake, &told).unwrap();
    let value = Secret::new(expand("{hex:32}-us7", 5).unwrap());
    let mut words = Vec::new();
    for _ in 0..4 {
        words.push(driver.verify(&value).await.as_str());
    }
    assert_eq!(words, ["live", "invalid", "unknown", "unknown"]);
    assert_eq!(fake.calls()[0], "POST us7.api.bodies.example/3.0/users/ping2");
    assert!(fake.body(0)["key"].as_str().unwrap().ends_with("-us7"));
    // A value of another form has no host to go to, and goes nowhere.
    assert_eq!(
        driver.verify(&Secret::new("not-of-the-shape".to_owned())).await.as_str(),
        "unknown"
    );
    assert_eq!(fake.calls().len(), 4);
}

const KINDS: &str = "
id: kinds
name: Kinds
docs: https://kinds.example/docs
hosts: [api.kinds.example]
regions: [{id: all, base: 'https://api.kinds.example'}]
tokens:
  - id: pair
    name: pair
    shape: '(?<key_id>[A-Z]{8}):(?<secret>[0-9a-f]{8})'
    examples: {match: ['ABCDEFGH:{hex:8}']}
  - id: single
    name: single
    shape: 'one-[0-9a-f]{8}'
    examples: {match: ['one-{hex:8}']}
auth: {bearer: '{{token}}'}
verify:
  - kinds: [pair]
    request: {method: GET, path: '/keys/{{part.key_id}}', auth: {bearer: '{{part.secret}}'}}
    verdicts: [{when: {status: 200}, is: live}]
  - kinds: [single]
    request: {method: GET, path: /me}
    verdicts: [{when: {status: 200}, is: live}]
rotate: {kind: manual, manual: {create: [Make a new key.], store: 'Put it into {{secret}}.'}}
";

#[tokio::test(start_paused = true)]
async fn a_test_call_is_made_for_the_kinds_it_is_for_and_may_name_a_keys_id_in_its_path() {
    let (spec, told) = (file(KINDS), Told::default());
    for (value, expected, call) in [
        ("ABCDEFGH:00112233", "live", Some("GET api.kinds.example/keys/ABCDEFGH")),
        ("one-00112233", "live", Some("GET api.kinds.example/me")),
        ("of no known form", "unknown", None),
    ] {
        let fake = Fake::with([json(200, j!({}))]);
        let verdict = Driver::new(&spec, None, None, &fake, &told)
            .unwrap()
            .verify(&Secret::new(value.to_owned()))
            .await;
        assert_eq!(
            (verdict.as_str(), fake.calls()),
            (expected, call.map(str::to_owned).into_iter().collect())
        );
    }
}
