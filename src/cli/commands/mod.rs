//! One file a command.

pub(crate) mod alarm;
pub(crate) mod apply;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod files;
mod journal;
pub(crate) mod lab;
mod messages;
pub(crate) mod missed;
pub(crate) mod offline;
pub(crate) mod output;
pub(crate) mod pattern;
pub(crate) mod plan;
pub(crate) mod read;
pub(crate) mod repair;
pub(crate) mod snapshot;
pub(crate) mod undo;

/// Up to three names that share a word with what was typed or are nearly the same, the most alike
/// first.
fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let shares_a_word =
        |name: &str| wanted.split('-').any(|word| word.len() > 2 && name.contains(word));
    let alike = names.map(|name| (strsim::jaro_winkler(wanted, name), name));
    let mut likely: Vec<(f64, &str)> =
        alike.filter(|(alike, name)| *alike > ALIKE || shares_a_word(name)).collect();
    likely.sort_by(|(a, a_name), (b, b_name)| b.total_cmp(a).then(a_name.cmp(b_name)));
    likely.into_iter().take(3).map(|(_, name)| name).collect()
}

/// How like each other a name and a slip of the pen at least are.
const ALIKE: f64 = 0.85;
