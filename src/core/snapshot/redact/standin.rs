//! Stand-ins for names, and their place in texts.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Found, Kind};
use super::text::{self, Piece};
use super::words;

/// What stands for what.
pub(super) struct StandIns {
    /// By their first three bytes, longest name first.
    by_start: BTreeMap<[u8; 3], Vec<(String, String)>>,
    /// Parts of names, for where they stand before or behind a `*`.
    parts: BTreeMap<String, String>,
}

/// Names that a `*` somewhere cuts, and where.
#[derive(Default)]
struct Cuts {
    of: BTreeMap<String, BTreeSet<usize>>,
    /// The parts that stand beside a `*`.
    fragments: BTreeSet<String>,
    /// Those that may stay, because they tell nothing.
    staying: BTreeSet<String>,
}

impl StandIns {
    /// Stand-ins for what was found; `texts` shows every text, in which names may be cut.
    pub(super) fn new(found: Found, texts: impl Fn(&mut dyn FnMut(&str))) -> Self {
        let mut names = found.names;
        names.retain(|name, _| !found.fields.contains(name));
        let mut cuts = Cuts::default();
        let starts: BTreeSet<&str> = cuttable(&names).collect();
        let ends: BTreeSet<String> = cuttable(&names).map(reversed).collect();
        texts(&mut |text| cuts.find(text, &starts, &ends));
        let mut of_kind: BTreeMap<Kind, usize> = BTreeMap::new();
        names.values().for_each(|kind| *of_kind.entry(*kind).or_default() += 1);
        let mut count: BTreeMap<Kind, u32> = BTreeMap::new();
        let mut whole: BTreeMap<String, String> = BTreeMap::new();
        for (name, kind) in &names {
            let number = count.entry(*kind).and_modify(|number| *number += 1).or_insert(1);
            // All of a kind are equally long, so that none begins another and order is kept.
            let width = of_kind.get(kind).map_or(3, |all| all.to_string().len().max(3));
            whole.insert(name.clone(), stand_in(*kind, name, *number, width));
        }
        let mut parts: BTreeMap<String, String> = BTreeMap::new();
        let mut part = |piece: &str, whole: &BTreeMap<String, String>| match whole.get(piece) {
            Some(stand_in) if !cuts.of.contains_key(piece) => stand_in.clone(),
            _ if cuts.staying.contains(piece) => piece.to_owned(),
            _ => {
                let next = parts.len() + 1;
                parts.entry(piece.to_owned()).or_insert_with(|| format!("part{next:04}")).clone()
            }
        };
        let mut joined: BTreeMap<String, String> = BTreeMap::new();
        for name in cuts.of.keys().chain(&cuts.fragments) {
            let pieces: Vec<&str> = cuts.pieces(name);
            let stand_in: String = pieces.iter().map(|piece| part(piece, &whole)).collect();
            // A name of nothing but parts that stay is not to give itself away.
            if stand_in != *name {
                joined.insert(name.clone(), stand_in);
            }
        }
        let mut fragments = BTreeMap::new();
        for (name, stand_in) in joined {
            if let Some(place) = whole.get_mut(&name) {
                *place = stand_in;
            } else {
                fragments.insert(name, stand_in);
            }
        }
        let mut by_start: BTreeMap<[u8; 3], Vec<(String, String)>> = BTreeMap::new();
        for (name, stand_in) in whole {
            if let Some(start) = name.as_bytes().first_chunk::<3>() {
                by_start.entry(*start).or_default().push((name, stand_in));
            }
        }
        by_start.values_mut().for_each(|names| names.sort_by_key(|(n, _)| usize::MAX - n.len()));
        Self { by_start, parts: fragments }
    }

    /// The text with everything replaced, in the strings of JSON as well.
    pub(super) fn in_text(&self, text: &str) -> String {
        if text::is_action(text) {
            return text.to_owned();
        }
        // A name may look like the beginning of JSON.
        let start = text.as_bytes().first_chunk::<3>();
        let names = start.and_then(|start| self.by_start.get(start)).into_iter().flatten();
        if let Some((_, stand_in)) = names.clone().find(|(name, _)| name == text) {
            return stand_in.clone();
        }
        if !text::is_structured(text) {
            return self.in_plain(text);
        }
        let mut replaced = String::with_capacity(text.len());
        for piece in text::pieces(text) {
            match piece {
                Piece::Plain(plain) => replaced.push_str(&self.in_plain(plain)),
                Piece::Quoted { raw, .. } => match text::unquoted(raw) {
                    None => replaced.push_str(&self.in_plain(raw)),
                    Some(value) => match self.in_text(&value) {
                        same if same == value => replaced.push_str(raw),
                        new => replaced.push_str(&serde_json::Value::from(new).to_string()),
                    },
                },
            }
        }
        replaced
    }

    fn in_plain(&self, text: &str) -> String {
        let mut replaced = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let (length, stand_in) = self.at(text, at, rest);
            match stand_in {
                Some(stand_in) => replaced.push_str(stand_in),
                None => replaced.push_str(rest.get(..length).unwrap_or(rest)),
            }
            at += length;
        }
        replaced
    }

    /// What is next in a text: how long it is, and what stands for it.
    fn at(&self, text: &str, at: usize, rest: &str) -> (usize, Option<&str>) {
        let begins_word = text::begins_word(text, at);
        let matches = |name: &str| {
            let alphanumeric = name.starts_with(char::is_alphanumeric);
            let last = name.ends_with(char::is_alphanumeric);
            rest.starts_with(name)
                && (begins_word || !alphanumeric)
                && (!last || text::ends_word(text, at + name.len()))
        };
        let start = rest.as_bytes().first_chunk::<3>();
        let names = start.and_then(|start| self.by_start.get(start)).into_iter().flatten();
        let name = names.clone().find(|(name, _)| matches(name));
        let region = words::region_at(rest)
            .filter(|length| begins_word && text::ends_word(text, at + length));
        let longest = name.map_or(0, |(name, _)| name.len()).max(region.unwrap_or(0));
        if let Some((part, stand_in)) = self.part_at(text, at, rest).filter(|p| p.0.len() > longest)
        {
            return (part.len(), Some(stand_in));
        }
        match (name, region) {
            (Some((name, stand_in)), region) if region.is_none_or(|r| name.len() >= r) => {
                (name.len(), Some(stand_in))
            }
            (_, Some(length)) => (length, None),
            _ => (rest.chars().next().map_or(1, char::len_utf8), None),
        }
    }

    /// The longest part of a name that stands here, cut by a `*`.
    fn part_at(&self, text: &str, at: usize, rest: &str) -> Option<(&str, &str)> {
        let star_before = text.get(..at).is_some_and(|before| before.ends_with('*'));
        let begins_word = text::begins_word(text, at);
        if !star_before && !begins_word || !text.contains('*') {
            return None;
        }
        let stands = |part: &str| {
            rest.strip_prefix(part).is_some_and(|after| {
                let star_after = after.starts_with('*');
                let ends = text::ends_word(text, at + part.len());
                (begins_word && star_after) || (star_before && (ends || star_after))
            })
        };
        let parts = self.parts.iter().filter(|(part, _)| stands(part));
        parts.max_by_key(|(part, _)| part.len()).map(|(p, s)| (p.as_str(), s.as_str()))
    }
}

/// Names whose parts may be replaced one by one: ids and addresses have a form to keep.
fn cuttable(names: &BTreeMap<String, Kind>) -> impl Iterator<Item = &str> {
    names.iter().filter(|(_, kind)| **kind < Kind::Email).filter_map(|(name, kind)| {
        let fixed = matches!(kind, Kind::Account | Kind::SecretSuffix);
        (!fixed).then_some(name.as_str())
    })
}

fn reversed(text: &str) -> String {
    text.chars().rev().collect()
}

impl Cuts {
    /// Finds the parts of names that a text cuts with `*`.
    fn find(&mut self, text: &str, starts: &BTreeSet<&str>, ends: &BTreeSet<String>) {
        if text::is_action(text) {
            return;
        }
        if text::is_structured(text) {
            for piece in text::pieces(text) {
                match piece {
                    Piece::Plain(plain) => self.find_in_plain(plain, starts, ends),
                    Piece::Quoted { raw, .. } => match text::unquoted(raw) {
                        Some(value) => self.find(&value, starts, ends),
                        None => self.find_in_plain(raw, starts, ends),
                    },
                }
            }
        } else {
            self.find_in_plain(text, starts, ends);
        }
    }

    fn find_in_plain(&mut self, text: &str, starts: &BTreeSet<&str>, ends: &BTreeSet<String>) {
        /// No name is longer.
        const REACH: usize = 512;
        let is_boundary = |at: &usize| text.is_char_boundary(*at);
        let stars: Vec<usize> = text.match_indices('*').map(|(at, _)| at).collect();
        for star in stars.iter().copied() {
            for start in (star.saturating_sub(REACH)..star).filter(is_boundary) {
                let fragment = text.get(start..star).unwrap_or_default();
                let names = starts.range(fragment..).take_while(|name| name.starts_with(fragment));
                if text::begins_word(text, start) && self.cut_all(names, fragment, |_| 0) {
                    break;
                }
            }
            let to = (star + 1 + REACH).min(text.len());
            for end in (star + 2..=to).rev().filter(is_boundary) {
                let fragment = text.get(star + 1..end).unwrap_or_default();
                let back = reversed(fragment);
                let names = ends.range(back.clone()..).take_while(|name| name.starts_with(&back));
                let names: Vec<String> = names.map(|name| reversed(name)).collect();
                let names = names.iter().map(String::as_str);
                let at = |name: &str| name.len() - fragment.len();
                if text::ends_word(text, end) && self.cut_all(names, fragment, at) {
                    break;
                }
            }
        }
        for (from, to) in stars.iter().zip(stars.iter().skip(1)) {
            let fragment = text.get(from + 1..*to).unwrap_or_default();
            let names = starts.iter().copied().filter(|name| name.contains(fragment));
            self.cut_all(names, fragment, |name| name.find(fragment).unwrap_or(0));
        }
    }

    /// Cuts names before and behind a fragment of them; says whether there were any.
    fn cut_all<N: AsRef<str>>(
        &mut self,
        names: impl Iterator<Item = N>,
        fragment: &str,
        at: impl Fn(&str) -> usize,
    ) -> bool {
        let mut any = false;
        if fragment.is_empty() {
            return any;
        }
        for name in names {
            let at = at(name.as_ref());
            self.cut(name.as_ref(), at);
            self.cut(name.as_ref(), at + fragment.len());
            any = true;
        }
        match any {
            true if tells_nothing(fragment) => self.staying.insert(fragment.to_owned()),
            true => self.fragments.insert(fragment.to_owned()),
            false => false,
        };
        any
    }

    fn cut(&mut self, name: &str, at: usize) {
        if at > 0 && at < name.len() {
            self.of.entry(name.to_owned()).or_default().insert(at);
        }
    }

    /// The pieces of a name or of a fragment, cut wherever any name that holds it is cut.
    fn pieces<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let mut at: BTreeSet<usize> = self.of.get(name).cloned().unwrap_or_default();
        for (whole, cuts) in &self.of {
            // A fragment that begins or ends a longer name is cut where the name is.
            let offset = match whole.find(name) {
                Some(offset) if whole.len() > name.len() => offset,
                _ => continue,
            };
            if offset == 0 || offset + name.len() == whole.len() || self.fragments.contains(name) {
                at.extend(cuts.iter().filter_map(|cut| cut.checked_sub(offset)));
            }
        }
        let mut pieces = Vec::new();
        let mut from = 0;
        for cut in at.into_iter().filter(|cut| *cut > 0 && *cut < name.len()) {
            pieces.extend(name.get(from..cut));
            from = cut;
        }
        pieces.extend(name.get(from..));
        pieces
    }
}

/// Whether a part of a name may stay: one or two characters, or a word of AWS.
fn tells_nothing(part: &str) -> bool {
    part.chars().filter(|c| c.is_alphanumeric()).count() < 3 || words::is_of_aws(part)
}

fn stand_in(kind: Kind, name: &str, number: u32, width: usize) -> String {
    let word = match kind {
        Kind::Account => return format!("{}", 100_000_000_000_u64 + u64::from(number)),
        Kind::SecretSuffix => return format!("S{number:05}"),
        Kind::Email => return format!("address-{number:0width$}@example.com"),
        Kind::Phone => return format!("+1555{number:07}"),
        Kind::Url => {
            let scheme = name.split_once("://").map_or("https", |(scheme, _)| scheme);
            return format!("{scheme}://endpoint-{number:0width$}.example.com");
        }
        // Addresses set aside for documentation (RFC 3849) and for benchmarks (RFC 2544).
        Kind::Ip if name.contains(':') => return format!("2001:db8::{number:x}"),
        Kind::Ip => return format!("198.18.{}.{}", number / 250 % 250, number % 250 + 1),
        Kind::Uuid if name.starts_with("mrk-") => return format!("mrk-{number:032x}"),
        Kind::Uuid => return format!("00000000-0000-4000-8000-{number:012x}"),
        Kind::AccessKey => {
            let width = name.len().saturating_sub(4);
            return format!("{}{number:0width$}", name.get(..4).unwrap_or_default());
        }
        Kind::Organization => return format!("o-{number:010}"),
        Kind::Secret => "secret",
        Kind::Trail => "trail",
        Kind::LogGroup => "group",
        Kind::Filter => "filter",
        Kind::Namespace => "namespace",
        Kind::Metric => "metric",
        Kind::DimensionValue => "value",
        Kind::Alarm => "alarm",
        Kind::Topic => "topic",
        Kind::Key => "key",
        Kind::Role => "role",
        Kind::User => "user",
        Kind::Policy => "policy",
        Kind::Bucket => "bucket",
        Kind::Rule => "rule",
        Kind::Other => "name",
    };
    format!("{word}-{number:0width$}")
}
