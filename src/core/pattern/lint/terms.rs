//! Terms that are not what they look like.

use super::loose::mend;
use super::{Found, Subject};
use crate::pattern::{FilterPattern, Pattern, Role, Span, Term, TermText};

fn terms<'p>(subject: &Subject<'p>) -> &'p [Term] {
    match subject.pattern.pattern() {
        Pattern::Terms(terms) => terms,
        _ => &[],
    }
}

pub(super) fn quoted_pattern(subject: &Subject<'_>) -> Vec<Found> {
    let reason = "In quotes the pattern is a phrase that is looked for in the messages. The quotes of \
                  a shell or a template are not part of a pattern.";
    let text = subject.pattern.text().trim();
    if !terms(subject).is_empty() && text.starts_with("'{") && text.ends_with("}'") {
        let mended = mend(text);
        let rewrite = FilterPattern::parse(&mended).is_ok().then_some(mended);
        return vec![
            Found::new(Span::new(0, subject.pattern.text().len()), reason).rewrite(rewrite),
        ];
    }
    let [Term { role: Role::Required, text: TermText::Text(text), span }] = terms(subject) else {
        return Vec::new();
    };
    let inside = text.trim();
    let pattern = inside.starts_with('{') && inside.ends_with('}') && inside.contains("$.")
        || inside.starts_with('[') && inside.ends_with(']') && inside.contains(',')
        || inside.starts_with('?') && inside.contains(" ?");
    let parsed = FilterPattern::parse(inside).ok().filter(|_| pattern);
    let Some(parsed) = parsed else {
        return Vec::new();
    };
    let rewrite = Some(parsed.text().to_owned());
    vec![Found::new(*span, reason).rewrite(rewrite)]
}

pub(super) fn braces_forgotten(subject: &Subject<'_>) -> Vec<Found> {
    let text = subject.pattern.text();
    let Some(in_braces) = in_braces(text).filter(|_| !terms(subject).is_empty()) else {
        return Vec::new();
    };
    let reason = "Without braces around it this is no JSON pattern: its words are looked for as text, \
                  one by one, in any message.";
    vec![Found::new(Span::new(0, text.len()), reason).rewrite(Some(in_braces))]
}

/// A text that begins with a selector, with the braces that make a JSON pattern of it.
pub(super) fn in_braces(text: &str) -> Option<String> {
    let begins = text.trim_start_matches([' ', '(']).starts_with("$.");
    let in_braces = format!("{{ {} }}", text.trim());
    (begins && FilterPattern::parse(&in_braces).is_ok()).then_some(in_braces)
}

pub(super) fn optional_ignored(subject: &Subject<'_>) -> Vec<Found> {
    let terms = terms(subject);
    let text = |role: Role| -> Vec<&str> {
        let of_role = terms.iter().filter(move |term| term.role == role);
        of_role.map(|term| subject.text(term.span)).collect()
    };
    // Beside `-` terms alone what AWS does is a probe of its own.
    let (optional, required) = (text(Role::Optional), text(Role::Required));
    let Some(first) = terms.iter().find(|term| term.role == Role::Optional) else {
        return Vec::new();
    };
    if required.is_empty() {
        return Vec::new();
    }
    let kept: Vec<&str> = terms
        .iter()
        .filter(|term| term.role != Role::Optional)
        .map(|term| subject.text(term.span))
        .collect();
    let (kept, quoted) = (kept.join(" "), optional.join(" "));
    let reason = format!(
        "Beside {} the pattern is matched as if {quoted} were not there: it is `{kept}`. Terms with \
         and without `?` cannot be combined; to look for any of them put `?` before each.",
        required.join(" "),
    );
    let rewrite = FilterPattern::parse(&kept).is_ok().then_some(kept);
    vec![Found::new(first.span, reason).rewrite(rewrite)]
}

pub(super) fn word_operator(subject: &Subject<'_>) -> Vec<Found> {
    let terms = terms(subject);
    let is_word = |term: &Term| {
        let written = subject.text(term.span);
        term.role == Role::Required && ["AND", "OR", "NOT"].contains(&written)
    };
    let Some(word) = terms.iter().find(|term| is_word(term)) else {
        return Vec::new();
    };
    // A lone AND is what somebody looks for.
    if terms.len() < 2 {
        return Vec::new();
    }
    let written = subject.text(word.span);
    let instead = match written {
        "AND" => "all terms have to be there anyway",
        "OR" => "put `?` before each of the terms",
        _ => "put `-` before the term",
    };
    let reason = format!("{written} is looked for as a word of the message; {instead}.");
    vec![Found::new(word.span, reason).rewrite(without_words(subject, terms))]
}

/// The terms with their words turned into signs; `None` where AND and OR are mixed.
fn without_words(subject: &Subject<'_>, terms: &[Term]) -> Option<String> {
    let written: Vec<&str> = terms.iter().map(|term| subject.text(term.span)).collect();
    let (ors, ands) = (written.contains(&"OR"), written.contains(&"AND"));
    if ors && (ands || written.contains(&"NOT") || terms.iter().any(|it| it.role != Role::Required))
    {
        return None;
    }
    let mut mended: Vec<String> = Vec::new();
    let mut negated = false;
    for word in written {
        match word {
            "AND" | "OR" => {}
            "NOT" => negated = true,
            _ => {
                let sign = if negated {
                    "-"
                } else if ors {
                    "?"
                } else {
                    ""
                };
                mended.push(format!("{sign}{word}"));
                negated = false;
            }
        }
    }
    let mended = mended.join(" ");
    FilterPattern::parse(&mended).is_ok().then_some(mended)
}
