//! Text for a terminal: no wider than people read, and nothing in it that steers the terminal.

use std::borrow::Cow;

use secmon_core::plan::steers_terminal;

/// How wide a line is at most; commands and AWS's own words may be longer.
pub(super) const WIDTH: usize = 80;

/// Longer than any name, pattern or policy sentence of AWS; a hostile file may hold more.
const LONGEST: usize = 4_000;

/// Names come from AWS and may hold anything: what steers a terminal is shown, not obeyed.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    if !text.contains(steers_terminal) && text.len() <= LONGEST {
        return Cow::Borrowed(text);
    }
    let whole = text.chars().count();
    if whole > LONGEST {
        let cut: String = text.chars().take(LONGEST).collect();
        return Cow::Owned(format!("{} … ({} more characters)", shown(&cut), whole - LONGEST));
    }
    Cow::Owned(visible(text))
}

/// What steers a terminal in a form that does not, however long the text is.
pub(crate) fn visible(text: &str) -> String {
    let show = |c: char| match c {
        '\n' | '\t' => " ".to_owned(),
        c if steers_terminal(c) => c.escape_unicode().to_string(),
        c => c.to_string(),
    };
    text.chars().map(show).collect()
}

/// Wrapped to [`WIDTH`], every line indented.
pub(crate) fn filled(text: &str, indent: &str) -> String {
    let text = &shown(text);
    let options = textwrap::Options::new(WIDTH)
        .initial_indent(indent)
        .subsequent_indent(indent)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

/// Wrapped to [`WIDTH`] after a number.
pub(super) fn numbered(number: usize, text: &str) -> String {
    let first = format!("{number:>2}. ");
    format!("{first}{}", filled(text, &" ".repeat(first.len())).trim_start())
}

/// Wrapped to [`WIDTH`] after a mark.
pub(super) fn filled_after(mark: &str, text: &str) -> String {
    format!(" {mark} {}", filled(text, "   ").trim_start())
}
