//! Listings in pages.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// One page of a listing, from where a token says, and the token of the next. `None`: AWS never
/// gave such a token.
///
/// A token is the number of items before it, made unreadable: nobody may rely on what it is.
pub(super) fn page<T>(
    items: Vec<T>,
    size: usize,
    token: Option<&str>,
) -> Option<(Vec<T>, Option<String>)> {
    let start = match token {
        Some(token) => usize::try_from(read(token)?).ok()?,
        None => 0,
    };
    let end = start.saturating_add(size.max(1));
    let next = (end < items.len()).then(|| write(end as u64));
    Some((items.into_iter().skip(start).take(size.max(1)).collect(), next))
}

fn write(number: u64) -> String {
    URL_SAFE_NO_PAD.encode(format!("lab-page:{number}"))
}

fn read(token: &str) -> Option<u64> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    std::str::from_utf8(&bytes).ok()?.strip_prefix("lab-page:")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::page;

    proptest! {
        #[test]
        fn pages_hold_every_item_once_and_in_order(count in 0usize..200, size in 1usize..60) {
            let items: Vec<usize> = (0..count).collect();
            let (mut seen, mut token, mut pages) = (Vec::new(), None, 0);
            loop {
                let (some, next) = page(items.clone(), size, token.as_deref()).unwrap();
                prop_assert!(some.len() <= size);
                seen.extend(some);
                pages += 1;
                token = next;
                if token.is_none() { break }
            }
            prop_assert_eq!(seen, items);
            prop_assert_eq!(pages, count.div_ceil(size).max(1));
        }
    }

    #[test]
    fn a_made_up_token_is_none() {
        assert_eq!(page(vec![1, 2], 1, Some("invalid-token")), None);
        assert_eq!(page(vec![1, 2], 1, Some("")), None);
    }
}
