//! What was likely meant by a clause that a message does not satisfy.

use super::places;
use super::suggest::{Meant, Miss};
use crate::pattern::lint::cloudtrail::SECRETS_MANAGER;
use crate::pattern::lint::near::{nearly, same_but_for_case};
use crate::pattern::lint::secrets::name_in_arn;
use crate::pattern::lint::tree::{any, clause, dotted, equal, escape, print, search};
use crate::pattern::lint::values::without_inner_star;
use crate::pattern::{Comparison, Expr, FilterPattern, Glob, Match, Operand, Path, Shape, Test};

/// What was likely meant by a clause, if it is this.
type Hint = fn(&Miss<'_>) -> Option<Meant>;

/// The hints, the nearest first.
pub(super) const HINTS: &[(&str, Hint)] = &[
    ("value-case", value_case),
    ("value-spelling", value_spelling),
    ("boolean-as-text", boolean_as_text),
    ("text-as-boolean", text_as_boolean),
    ("null-value", null_value),
    ("number-as-text", number_as_text),
    ("text-as-number", text_as_number),
    ("name-or-arn", name_or_arn),
    ("not-equal-absent", not_equal_absent),
    ("selector-case", places::selector_case),
    ("selector-spelling", places::selector_spelling),
    ("selector-elsewhere", places::selector_elsewhere),
    ("reaches-array", places::reaches_array),
    ("reaches-object", places::reaches_object),
    ("inner-wildcard", inner_wildcard),
];

/// Whether an expression holds for a message, for certain.
pub(super) fn holds(expr: &Expr, message: &str) -> bool {
    super::suggest::matches(print(expr.clone()).as_deref(), message)
}

pub(super) fn meant(says: String, with: Expr) -> Option<Meant> {
    Some(Meant { says, with: Some(with), anyway: false })
}

/// A comparison with text, and the texts found.
fn texts<'a>(miss: &'a Miss<'_>) -> Option<(Comparison, &'a Glob, Vec<String>)> {
    let Test::Compare(comparison, Operand::Text(glob, _)) = &miss.clause.test else {
        return None;
    };
    let found = miss.values.iter().filter_map(|value| serde_json::from_str::<String>(value).ok());
    Some((*comparison, glob, found.collect()))
}

pub(super) fn path<'a>(miss: &'a Miss<'_>) -> &'a Path {
    &miss.clause.selector.path
}

fn value_case(miss: &Miss<'_>) -> Option<Meant> {
    let (Comparison::Equal, glob, found) = texts(miss)? else {
        return None;
    };
    let lower = Glob::new(&glob.text().to_lowercase());
    let found = found.into_iter().find(|text| {
        lower.matches(&text.to_lowercase()) == Ok(true) && glob.matches(text) == Ok(false)
    })?;
    // Only ASCII keeps its length in another case.
    if !found.is_ascii() {
        return None;
    }
    let value = match glob.shape() {
        Shape::Exact(_) => found.clone(),
        Shape::Prefix(text) => format!("{}*", found.get(..text.len())?),
        Shape::Suffix(text) => format!("*{}", found.get(found.len().checked_sub(text.len())?..)?),
        _ => return None,
    };
    let says = format!("The message has \"{found}\"; values are compared letter by letter.");
    meant(says, equal(path(miss), &value))
}

fn value_spelling(miss: &Miss<'_>) -> Option<Meant> {
    let (Comparison::Equal, glob, found) = texts(miss)? else {
        return None;
    };
    let Shape::Exact(wanted) = glob.shape() else {
        return None;
    };
    let near = |text: &&String| nearly(wanted, text) && !same_but_for_case(wanted, text);
    let found = found.iter().find(near)?;
    // ListSecrets and ListSecret: two names that both exist are no misspelling of each other.
    if SECRETS_MANAGER.contains(&wanted) && SECRETS_MANAGER.contains(&found.as_str()) {
        return None;
    }
    let says = format!("The message has \"{found}\", the pattern \"{wanted}\".");
    meant(says, equal(path(miss), found))
}

fn boolean_as_text(miss: &Miss<'_>) -> Option<Meant> {
    let (comparison, glob, _) = texts(miss)?;
    let wanted = match (comparison, glob.text().to_lowercase().as_str()) {
        (Comparison::Equal, "true") | (Comparison::NotEqual, "false") => true,
        (Comparison::Equal, "false") | (Comparison::NotEqual, "true") => false,
        _ => return None,
    };
    let found = miss.values.iter().find(|value| matches!(**value, "true" | "false"))?;
    let (word, test) = if wanted { ("TRUE", Test::IsTrue) } else { ("FALSE", Test::IsFalse) };
    let says = format!(
        "The message has {found} without quotes; `=` and `!=` see text and numbers only, IS {word} sees \
         it."
    );
    Some(Meant { says, with: Some(clause(path(miss), test)), anyway: true })
}

fn text_as_boolean(miss: &Miss<'_>) -> Option<Meant> {
    let wanted = match miss.clause.test {
        Test::IsTrue => "true",
        Test::IsFalse => "false",
        _ => return None,
    };
    let is_text = |value: &&&str| matches!(**value, "\"true\"" | "\"false\"");
    let found = miss.values.iter().find(is_text)?;
    let says = format!("The message has the text {found}, which `=` sees and IS does not.");
    Some(Meant { says, with: Some(equal(path(miss), wanted)), anyway: true })
}

fn null_value(miss: &Miss<'_>) -> Option<Meant> {
    let null = miss.values.contains(&"null");
    match miss.clause.test {
        Test::NotExists if null => {
            let says =
                "The field is there and null; NOT EXISTS means that it is not there.".to_owned();
            let it = Expr::Clause(miss.clause.clone());
            meant(says, any([it, clause(path(miss), Test::IsNull)]))
        }
        Test::IsNull if miss.values.is_empty() => {
            let says =
                "The field is not there; IS NULL means that it is there and null.".to_owned();
            let it = Expr::Clause(miss.clause.clone());
            meant(says, any([it, clause(path(miss), Test::NotExists)]))
        }
        _ => None,
    }
}

/// `= "200"` and the number 200.0.
fn number_as_text(miss: &Miss<'_>) -> Option<Meant> {
    let Test::Compare(Comparison::Equal, Operand::Text(glob, _)) = &miss.clause.test else {
        return None;
    };
    let Shape::Exact(text) = glob.shape() else {
        return None;
    };
    let with = number(path(miss), "=", text)?;
    let found = miss
        .values
        .iter()
        .find(|value| value.starts_with(|c: char| c == '-' || c.is_ascii_digit()))?;
    let says = format!(
        "The message has the number {found}, written otherwise than \"{text}\"; without quotes numbers \
         are compared by what they are worth."
    );
    meant(says, with)
}

/// `> 5` and the text "7"; `= 1` and the text "01".
fn text_as_number(miss: &Miss<'_>) -> Option<Meant> {
    let Test::Compare(comparison, Operand::Number(..)) = &miss.clause.test else {
        return None;
    };
    let found = miss.values.iter().find_map(|value| {
        let text: String = serde_json::from_str(value).ok()?;
        text.trim().parse::<f64>().ok().map(|_| text)
    })?;
    if *comparison == Comparison::Equal || *comparison == Comparison::NotEqual {
        let says =
            format!("The message has the text \"{found}\", which is compared as it is written.");
        return meant(says, equal(path(miss), &found));
    }
    let says = format!(
        "The message has the text \"{found}\"; `<` and `>` see numbers only. The application has to write \
         it without quotes."
    );
    Some(Meant { says, with: None, anyway: true })
}

/// A comparison with a number.
fn number(path: &Path, operator: &str, text: &str) -> Option<Expr> {
    let parsed = FilterPattern::parse(&format!("{{ $.x {operator} {text} }}")).ok()?;
    let crate::pattern::Pattern::Json(Expr::Clause(found)) = parsed.pattern() else {
        return None;
    };
    let is_number = matches!(found.test, Test::Compare(_, Operand::Number(..)));
    is_number.then(|| clause(path, found.test.clone()))
}

fn name_or_arn(miss: &Miss<'_>) -> Option<Meant> {
    let (Comparison::Equal, glob, found) = texts(miss)? else {
        return None;
    };
    let Shape::Exact(wanted) = glob.shape() else {
        return None;
    };
    let also = |says: String, other: &str| {
        meant(says, any([Expr::Clause(miss.clause.clone()), equal(path(miss), other)]))
    };
    for found in &found {
        if found.starts_with("arn:") && !wanted.starts_with("arn:") {
            if name_in_arn(found) == Some(wanted) {
                let (before, _) = found.split_once(":secret:")?;
                let says = format!(
                    "The message names it by its ARN, {found}. Callers use either; after the name an ARN \
                     has a hyphen and six characters, so that {wanted}-… matches too."
                );
                return also(says, &format!("{before}:secret:{wanted}-*"));
            }
            if let Some(before) = found.strip_suffix(wanted).filter(|it| it.ends_with([':', '/'])) {
                let says = format!("The message has the whole ARN, {before}{wanted}.");
                return also(says, found);
            }
        }
        if wanted.starts_with("arn:") && !found.starts_with("arn:") {
            let name =
                name_in_arn(wanted).or_else(|| wanted.split_once(":secret:").map(|(_, it)| it));
            if name == Some(found) || wanted.ends_with(&format!("/{found}")) {
                let says =
                    format!("The message names it {found}, not by its ARN. Callers use either.");
                return also(says, found);
            }
        }
        if wanted.contains(":secret:")
            && found.strip_prefix(wanted).is_some_and(|rest| rest.len() == "-AbCdEf".len())
        {
            let says = format!("An ARN ends in a hyphen and six more characters: {found}.");
            return also(says, &format!("{wanted}-*"));
        }
    }
    None
}

fn not_equal_absent(miss: &Miss<'_>) -> Option<Meant> {
    let Test::Compare(Comparison::NotEqual, _) = &miss.clause.test else {
        return None;
    };
    if !miss.values.is_empty() {
        return None;
    }
    let says =
        format!("{} is absent, and `!=` holds only where the field is there.", dotted(path(miss)));
    let it = Expr::Clause(miss.clause.clone());
    meant(says, any([it, clause(path(miss), Test::NotExists)]))
}

fn inner_wildcard(miss: &Miss<'_>) -> Option<Meant> {
    let Test::Compare(comparison, Operand::Text(glob, _)) = &miss.clause.test else {
        return None;
    };
    let Match::Uncertain(_) = miss.verdict else {
        return None;
    };
    let with = match glob.shape() {
        Shape::Inner => without_inner_star(path(miss), *comparison, glob)?,
        Shape::Contains(text) if *comparison == Comparison::Equal => {
            search(path(miss), &escape(text)?)?
        }
        Shape::Suffix(text) if *comparison == Comparison::Equal => {
            search(path(miss), &format!("{}$", escape(text)?))?
        }
        _ => return None,
    };
    let says = format!(
        "What AWS makes of the `*` in \"{}\" is not established; this asks for the same in ways that are.",
        glob.text()
    );
    meant(says, with)
}
