//! Addresses of next pages.

use super::*;

#[test]
fn a_parameter_is_set_once_and_encoded() {
    let url: Uri = "https://api.example.com/keys?limit=10&after=old&afterwards=1".parse().unwrap();
    assert_eq!(
        with_parameter(&url, "after", "a&b"),
        "https://api.example.com/keys?limit=10&afterwards=1&after=a%26b"
    );
    let bare: Uri = "https://api.example.com/keys".parse().unwrap();
    assert_eq!(with_parameter(&bare, "after", "x"), "https://api.example.com/keys?after=x");
}

#[test]
fn a_relative_address_stays_on_its_host() {
    let url: Uri = "https://api.example.com/keys".parse().unwrap();
    assert_eq!(
        absolute(&url, "/keys?page=2").as_deref(),
        Some("https://api.example.com/keys?page=2")
    );
    for bad in ["//evil.example/", "keys", "", "ftp://x"] {
        assert_eq!(absolute(&url, bad), None, "{bad}");
    }
}
