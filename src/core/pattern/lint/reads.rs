//! What a pattern makes of the reads of a secret: the events of the baseline with a secret filled in.

use std::sync::LazyLock;

use super::Subject;
use super::cloudtrail::path;
use super::tree::{all, any, equal, map};
use crate::baseline::BaselineEntry;
use crate::pattern::{Clause, Expr, FilterPattern, Match, Pattern};

/// A read in which `secretId` is what the caller typed.
pub(super) const READ: &str = "read-by-sdk";
/// The read of one secret by BatchGetSecretValue.
pub(super) const IN_BATCH: &str = "read-in-batch";

const REGION: &str = "eu-west-1";
const ACCOUNT: &str = "111122223333";

/// The event of the baseline with this `secretId`.
pub(super) fn read(event: &str, secret_id: &str) -> Option<String> {
    static ENTRY: LazyLock<BaselineEntry> = LazyLock::new(BaselineEntry::secret_access);
    let event = ENTRY.events.iter().find(|it| it.id == event)?;
    let quoted = serde_json::Value::from(secret_id).to_string();
    let id = quoted.get(1..quoted.len().checked_sub(1)?)?;
    let text = event.message.replace("{account}", ACCOUNT).replace("{region}", REGION);
    Some(text.replace("{secret_arn}", id).replace("{secret_name}", id))
}

/// The ARN of a secret with this at its end.
pub(super) fn arn(end: &str) -> String {
    format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{end}")
}

/// Whether an expression holds one of the targets.
fn holds(expr: &Expr, targets: &[&Expr]) -> bool {
    targets.iter().any(|target| std::ptr::eq(*target, expr))
        || match expr {
            Expr::All(parts, _) | Expr::Any(parts, _) => {
                parts.iter().any(|part| holds(part, targets))
            }
            Expr::Clause(_) | Expr::Empty(_) => false,
        }
}

/// The expression with what is needed beside the targets taken for given, unless it is to be judged:
/// `userIdentity.type = "Root" && target` is about reads by the root user. Alternatives to the
/// targets are judged as they stand.
fn suppose(expr: &Expr, targets: &[&Expr], judged: &dyn Fn(&Clause) -> bool) -> Expr {
    if !holds(expr, targets) {
        return map(expr, &|part| match part {
            Expr::Clause(clause) if !judged(clause) => Some(given()),
            _ => None,
        });
    }
    match expr {
        Expr::All(parts, _) => all(parts.iter().map(|part| suppose(part, targets, judged))),
        Expr::Any(parts, _) => any(parts.iter().map(|part| {
            if holds(part, targets) { suppose(part, targets, judged) } else { part.clone() }
        })),
        other => other.clone(),
    }
}

/// What every event holds.
pub(super) fn given() -> Expr {
    equal(&path(&["eventVersion"]), "*")
}

/// Whether a pattern certainly does not match a message, whatever is beside the targets.
pub(super) fn misses(
    subject: &Subject<'_>,
    root: &Expr,
    targets: &[&Expr],
    judged: &dyn Fn(&Clause) -> bool,
    message: &str,
) -> bool {
    answer(subject, suppose(root, targets, judged), message) == Match::No
}

/// What an expression, with the doubts of the pattern, makes of a message.
pub(super) fn answer(subject: &Subject<'_>, expr: Expr, message: &str) -> Match {
    let pattern = subject.pattern;
    FilterPattern::new(pattern.text().to_owned(), Pattern::Json(expr), pattern.doubts().to_vec())
        .accepted()
        .test(message)
}
