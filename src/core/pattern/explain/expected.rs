//! What a comparison asks for, in words.

use crate::pattern::{Comparison, Glob, Operand, Shape, Test};

/// What would satisfy a test: "the text GetSecretValue".
pub(super) fn test(test: &Test) -> String {
    match test {
        Test::Compare(comparison, operand) => compare(*comparison, operand, "text or number"),
        Test::IsNull => "null, or an array with null in it".to_owned(),
        Test::IsTrue => "true (not the text \"true\")".to_owned(),
        Test::IsFalse => "false (not the text \"false\")".to_owned(),
        Test::NotExists => "no such field".to_owned(),
    }
}

/// What would satisfy a comparison with a value of some kind.
pub(super) fn compare(comparison: Comparison, operand: &Operand, kind: &str) -> String {
    let value = match operand {
        Operand::Number(number, _) => format!("the number {}", number.lexeme),
        Operand::Text(glob, _) => glob_text(glob, kind),
        Operand::Regex(regex, _) => format!("text in which %{}% is found", regex.source()),
    };
    match (comparison, operand) {
        (Comparison::Equal, _) => value,
        (Comparison::NotEqual, Operand::Text(glob, _)) if glob.shape() == Shape::Anything => {
            "nothing that there is".to_owned()
        }
        (Comparison::NotEqual, _) => format!("a {kind} that is not {value}"),
        (order, Operand::Number(number, _)) => {
            let how = match order {
                Comparison::Less => "less than",
                Comparison::LessOrEqual => "at most",
                Comparison::Greater => "greater than",
                _ => "at least",
            };
            format!("a number {how} {}", number.lexeme)
        }
        _ => value,
    }
}

fn glob_text(glob: &Glob, kind: &str) -> String {
    match glob.shape() {
        Shape::Exact(text) => format!("\"{text}\""),
        Shape::Anything => format!("any {kind}"),
        Shape::Prefix(text) => format!("text that begins with \"{text}\""),
        Shape::Suffix(text) => format!("text that ends with \"{text}\""),
        Shape::Contains(text) => format!("text that contains \"{text}\""),
        Shape::Inner => format!("text of the form \"{}\"", glob.text()),
    }
}
