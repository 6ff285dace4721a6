//! One file a command.

pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod files;
pub(crate) mod lab;
mod messages;
pub(crate) mod missed;
pub(crate) mod offline;
mod output;
pub(crate) mod pattern;
pub(crate) mod read;
pub(crate) mod snapshot;

/// Up to three names that share the most words with what was typed.
fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let shared =
        |name: &str| wanted.split('-').filter(|word| word.len() > 2 && name.contains(word)).count();
    let mut likely: Vec<(usize, &str)> =
        names.map(|name| (shared(name), name)).filter(|(shared, _)| *shared > 0).collect();
    likely.sort_by_key(|(shared, name)| (std::cmp::Reverse(*shared), *name));
    likely.into_iter().take(3).map(|(_, name)| name).collect()
}
