//! Colour, or none.

use owo_colors::{OwoColorize, Style};
use secmon_core::pattern::Match;
use secmon_core::pattern::lint::Weight;
use secmon_core::report::{Status, Verdict};

/// Paints if colour is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    /// Whether colour is wanted.
    pub(crate) color: bool,
}

impl Paint {
    fn with(self, text: &str, style: Style) -> String {
        if self.color { text.style(style).to_string() } else { text.to_owned() }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.with(text, Style::new().bold())
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.with(text, Style::new().dimmed())
    }

    pub(crate) fn verdict(self, verdict: Verdict) -> String {
        let style = Style::new().bold();
        let style = match verdict {
            Verdict::Yes => style.green(),
            Verdict::No => style.red(),
            Verdict::CannotTell => style.yellow(),
        };
        self.with(&verdict.to_string(), style)
    }

    /// A pattern's answer, in the colour of the verdict it is like.
    pub(crate) fn answer(self, text: &str, answer: Match) -> String {
        let style = Style::new().bold();
        let style = match answer {
            Match::Yes => style.green(),
            Match::No => style.red(),
            Match::Uncertain(_) => style.yellow(),
        };
        self.with(text, style)
    }

    pub(crate) fn weight(self, weight: Weight, text: &str) -> String {
        let style = match weight {
            Weight::Error => Style::new().red(),
            Weight::Warning => Style::new().yellow(),
            Weight::Note => Style::new().dimmed(),
        };
        self.with(text, style)
    }

    pub(crate) fn mark(self, status: Status) -> String {
        let (mark, style) = match status {
            Status::Pass => ("✓", Style::new().green()),
            Status::Fail => ("✗", Style::new().red()),
            Status::Warn => ("!", Style::new().yellow()),
            Status::Unknown => ("?", Style::new().yellow()),
            Status::Skipped | Status::NotApplicable | Status::Suppressed => {
                ("–", Style::new().dimmed())
            }
        };
        self.with(mark, style)
    }
}
