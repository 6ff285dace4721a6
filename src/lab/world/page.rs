//! Pages of lists.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The page that a token asks for, and the token of the next one. `None`: no token of ours.
pub(super) fn page<T>(
    items: Vec<T>,
    size: usize,
    token: Option<&str>,
) -> Option<(Vec<T>, Option<String>)> {
    let start: usize = match token {
        None => 0,
        Some(token) => {
            let text = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
            text.strip_prefix("next:")?.parse().ok()?
        }
    };
    let next = start.checked_add(size)?;
    let more = items.len() > next;
    let page = items.into_iter().skip(start).take(size).collect();
    Some((page, more.then(|| STANDARD.encode(format!("next:{next}")))))
}
