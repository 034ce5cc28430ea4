//! Lists: whole or an error, in every way providers page them.

use serde_json::{Value, json as j};

use super::super::fake::{Fake, Step, Told, json, page, spec, value};
use super::*;
use crate::providers::Spec;

async fn listed(
    spec: &Spec,
    steps: Vec<Step>,
) -> (Result<Vec<String>, ProviderError>, Vec<String>) {
    let (fake, told) = (Fake::with(steps), Told::default());
    let driver = Driver::new(spec, None, None, &fake, &told).unwrap();
    let keys = driver.list(&value(spec, 1)).await;
    (
        keys.map(|keys| {
            keys.iter()
                .map(|key| key.id.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string))
                .collect()
        }),
        fake.calls(),
    )
}

fn resend(ids: &[&str], more: Value) -> Step {
    let data: Vec<_> = ids.iter().map(|id| j!({"id": id, "name": "n"})).collect();
    json(200, j!({"object": "list", "has_more": more, "data": data}))
}

#[tokio::test(start_paused = true)]
async fn every_page_is_read() {
    let (keys, calls) =
        listed(&spec("resend"), vec![resend(&["a", "b"], j!(true)), resend(&["c"], j!(false))])
            .await;
    assert_eq!(keys.unwrap(), ["a", "b", "c"]);
    assert_eq!(
        calls,
        ["GET api.resend.com/api-keys?limit=100", "GET api.resend.com/api-keys?limit=100&after=b"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_missing_page_is_an_error_and_never_a_short_list() {
    let spec = spec("resend");
    let first = || resend(&["a"], j!(true));
    for second in [
        page(200),
        page(503),
        json(404, j!({"message": "no"})),
        json(200, j!({"has_more": false})),
        resend(&["a"], j!(true)),
        resend(&[], j!(true)),
    ] {
        let outage = matches!(second, Step::Answer(503, ..));
        let steps = if outage {
            vec![first(), page(503), page(503), page(503)]
        } else {
            vec![first(), second]
        };
        assert!(listed(&spec, steps).await.0.is_err());
    }
    let cut =
        Step::Answer(200, "application/json", r#"{"has_more": false, "data": [{"id": "#.to_owned());
    assert!(listed(&spec, vec![cut]).await.0.is_err_and(|refusal| refusal.is_unclear()));
    let nameless = json(200, j!({"has_more": false, "data": [{"name": "without an id"}]}));
    assert!(listed(&spec, vec![nameless]).await.0.is_err());
    let outage = json(503, j!({}));
    assert_eq!(
        listed(&spec, vec![first(), outage, resend(&["b"], j!(false))]).await.0.unwrap(),
        ["a", "b"]
    );
}

/// Somebody else's key may be called anything. It counts, and hides no other.
#[tokio::test(start_paused = true)]
async fn an_id_that_cannot_be_one_hides_no_other_key() {
    let long = "a".repeat(600);
    for odd in ["a\nb", "{\"format\":1}", "x\u{1b}[2J", "\u{202e}a", " a", "a::b", long.as_str()] {
        let (keys, _) =
            listed(&spec("resend"), vec![resend(&["a", odd, "c/d:e=f+g@h"], j!(false))]).await;
        assert_eq!(keys.unwrap(), ["a", "none", "c/d:e=f+g@h"], "{odd:?}");
        // Also where the last one leads to the next page.
        let (keys, calls) =
            listed(&spec("resend"), vec![resend(&["a", odd], j!(true)), resend(&["b"], j!(false))])
                .await;
        assert_eq!((keys.unwrap().len(), calls.len()), (3, 2), "{odd:?}");
    }
    for fine in
        ["My key for the site", "Schl\u{fc}ssel 2", "01HQXYZ", "7", "e2153fd0-e0277777", "A+b/c=="]
    {
        assert_eq!(
            listed(&spec("resend"), vec![resend(&[fine], j!(false))]).await.0.unwrap(),
            [fine]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn names_and_moments_are_read_where_a_provider_gives_them() {
    let item = j!({"id": "a", "name": "n\u{202e}", "created_at": "2023-10-06 23:47:56.678+00", "last_used_at": null});
    let (spec, fake, told) = (
        spec("resend"),
        Fake::with([json(200, j!({"has_more": false, "data": [item]}))]),
        Told::default(),
    );
    let driver = Driver::new(&spec, None, None, &fake, &told).unwrap();
    let keys = driver.list(&value(&spec, 1)).await.unwrap();
    assert_eq!(keys[0].created_at.unwrap().to_string(), "2023-10-06T23:47:56Z");
    assert_eq!((keys[0].name.as_deref(), keys[0].last_used), (Some("n\u{fffd}"), None));
}

fn paged(paging: Value) -> Spec {
    let mut file = serde_json::to_value(spec("resend")).unwrap();
    file["rotate"]["list"]["paging"] = paging;
    crate::providers::model::check::read(file).unwrap()
}

fn items(ids: &[&str], extra: &Value) -> Step {
    let data: Vec<_> = ids.iter().map(|id| j!({"id": id})).collect();
    let mut body = j!({"data": data});
    body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    json(200, body)
}

#[tokio::test(start_paused = true)]
async fn cursors_numbers_and_links_lead_to_the_end() {
    let none = j!({});
    let cursor = paged(j!({"cursor": {"next": "/paging/next/after", "param": "after"}}));
    let steps =
        vec![items(&["a"], &j!({"paging": {"next": {"after": "c 1"}}})), items(&["b"], &none)];
    let (keys, calls) = listed(&cursor, steps).await;
    assert_eq!(
        (keys.unwrap().len(), calls[1].as_str()),
        (2, "GET api.resend.com/api-keys?limit=100&after=c%201")
    );

    let pages = paged(j!({"number": {"param": "page", "first": 1, "step": 1}}));
    let (keys, calls) =
        listed(&pages, vec![items(&["a"], &none), items(&["b"], &none), items(&[], &none)]).await;
    assert_eq!(
        (keys.unwrap().len(), calls[2].as_str()),
        (2, "GET api.resend.com/api-keys?limit=100&page=3")
    );

    let offsets =
        paged(j!({"number": {"param": "offset", "first": 0, "step": 2, "total": "/total"}}));
    let total = j!({"total": 3});
    let (keys, calls) =
        listed(&offsets, vec![items(&["a", "b"], &total), items(&["c"], &total)]).await;
    assert_eq!(
        (keys.unwrap().len(), calls[1].as_str()),
        (3, "GET api.resend.com/api-keys?limit=100&offset=2")
    );
    assert!(
        listed(&offsets, vec![items(&["a", "b"], &total), items(&[], &total)]).await.0.is_err()
    );

    let link = paged(j!({"link": {"next": "/links/next"}}));
    let steps = vec![
        items(&["a"], &j!({"links": {"next": "/api-keys?page=2"}})),
        items(&["b"], &j!({"links": {"next": null}})),
    ];
    let (keys, calls) = listed(&link, steps).await;
    assert_eq!((keys.unwrap().len(), calls[1].as_str()), (2, "GET api.resend.com/api-keys?page=2"));

    let header = paged(j!({"link": {}}));
    let next = vec![(
        "link",
        "<https://api.resend.com/api-keys?p=2>; rel=\"next\", <https://x.example>; rel=\"last\""
            .to_owned(),
    )];
    let (keys, calls) = listed(
        &header,
        vec![Step::With(200, j!({"data": [{"id": "a"}]}).to_string(), next), items(&["b"], &none)],
    )
    .await;
    assert_eq!((keys.unwrap().len(), calls[1].as_str()), (2, "GET api.resend.com/api-keys?p=2"));
}

#[tokio::test(start_paused = true)]
async fn a_next_page_elsewhere_is_not_asked_for() {
    let link = paged(j!({"link": {"next": "/next"}}));
    for elsewhere in [
        "https://evil.example/keys",
        "http://api.resend.com/keys",
        "//evil.example/keys",
        "https://api.resend.com@evil.example/",
    ] {
        let (keys, calls) = listed(&link, vec![items(&["a"], &j!({"next": elsewhere}))]).await;
        assert!(keys.is_err() && calls.len() == 1, "{elsewhere}");
    }
}
