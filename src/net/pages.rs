//! How far a list is followed, for GitHub and for providers: no address twice, and only up to a
//! page limit. Exceeding it is an error, since an entry that was not read must never count as
//! absent.

use std::collections::BTreeSet;

use http::HeaderMap;

/// The pages of one list that were requested.
pub struct Pages {
    most: usize,
    seen: BTreeSet<String>,
}

impl Pages {
    /// A list of which at most `most` pages are read.
    #[must_use]
    pub fn at_most(most: usize) -> Self {
        Self { most, seen: BTreeSet::new() }
    }

    /// Notes that a page is requested next, by its address or by another unique key.
    ///
    /// # Errors
    /// Why it must not be requested.
    pub fn visit(&mut self, address: &str) -> Result<(), String> {
        if self.seen.len() >= self.most {
            return Err(format!("the list has more than {} pages, which is the limit", self.most));
        }
        if !self.seen.insert(address.to_owned()) {
            return Err("the list links back to a page that was already read".to_owned());
        }
        Ok(())
    }
}

/// The address that the `Link` headers mark `rel="next"`. Sources: RFC 8288, section 3.
///
/// # Errors
/// If there is a next page and its address is unclear: the list must not end there.
pub fn next_link(headers: &HeaderMap) -> Result<Option<String>, String> {
    for header in headers.get_all(http::header::LINK) {
        let text = header.to_str().map_err(|_| "the `Link` header cannot be read".to_owned())?;
        let mut rest = text;
        while let Some(link) = link(&mut rest) {
            let (address, marks) = link.ok_or_else(|| "the `Link` header is invalid".to_owned())?;
            if marks.iter().any(|mark| is_next(mark)) {
                return Ok(Some(address.to_owned()));
            }
        }
    }
    Ok(None)
}

/// One link and its parameters, taken off the front; `Some(None)` if it is not a link.
fn link<'t>(rest: &mut &'t str) -> Option<Option<(&'t str, Vec<&'t str>)>> {
    *rest = rest.trim_start_matches([' ', '\t', ',']);
    if rest.is_empty() {
        return None;
    }
    let Some((address, after)) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'))
    else {
        *rest = "";
        return Some(None);
    };
    let (mut quoted, mut start, mut marks, mut end) = (false, 0, Vec::new(), after.len());
    for (index, byte) in after.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b';' if !quoted => {
                marks.extend(after.get(start..index));
                start = index + 1;
            }
            b',' if !quoted => {
                end = index;
                break;
            }
            _ => {}
        }
    }
    marks.extend(after.get(start..end));
    *rest = after.get(end..).unwrap_or_default();
    Some(Some((address, marks)))
}

/// Whether a mark is `rel` and names `next`, alone or among others.
fn is_next(mark: &str) -> bool {
    let Some((name, value)) = mark.split_once('=') else { return false };
    let words = value.trim().trim_matches('"');
    name.trim().eq_ignore_ascii_case("rel")
        && words.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("next"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(links: &[&str]) -> Result<Option<String>, String> {
        let mut headers = HeaderMap::new();
        for link in links {
            headers.append("link", http::HeaderValue::from_bytes(link.as_bytes()).unwrap());
        }
        next_link(&headers)
    }

    #[test]
    fn the_next_page_is_found_in_every_form_a_header_has() {
        let b = Ok(Some("b".to_owned()));
        for links in [
            &["<a>; rel=\"last\", <b>; rel=\"next\""][..],
            &["<a>; rel=last", "<b>; rel=next"],
            &["<a,x>;rel=\"last\" , <b>; title=\"a, b; c\"; rel=\"prefetch next\""],
            &["<b>; REL=Next"],
        ] {
            assert_eq!(next(links), b, "{links:?}");
        }
        assert_eq!(next(&[]), Ok(None));
        assert_eq!(next(&["<a>; rel=\"last\"", "<a>; x=\"rel=next\""]), Ok(None));
        // What cannot be read is never taken for the end.
        for links in
            [&["https://x.example; rel=\"next\""][..], &["<b; rel=next"], &["<b\u{e9}>; rel=next"]]
        {
            assert!(next(links).is_err(), "{links:?}");
        }
    }

    #[test]
    fn no_page_is_asked_for_twice_and_no_list_is_followed_for_ever() {
        let mut pages = Pages::at_most(3);
        assert!(
            pages.visit("1").is_ok()
                && pages.visit("1").is_err()
                && pages.visit("2").is_ok()
                && pages.visit("3").is_ok()
        );
        assert!(pages.visit("4").is_err());
    }
}
