//! The regular expressions of filter patterns: `%…%`.

/// A regular expression, compiled. Two are equal if they are written alike.
#[derive(Debug, Clone)]
pub struct Regex {
    source: String,
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Regex {}
