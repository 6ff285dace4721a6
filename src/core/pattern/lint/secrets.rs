//! Patterns for reads of secrets that miss some of them.

use super::cloudtrail::{self, names};
use super::presence::walk;
use super::tree::{Placed, any, equal, escape, print, replace, search, siblings, without};
use super::{Found, Subject};
use crate::pattern::{Comparison, Expr, Operand, Path, Shape, Test};

const SECRET_ID: &[&str] = &["requestParameters", "secretId"];
/// What CloudTrail writes as the caller of the reads of a batch.
const SERVICE: &str = "secretsmanager.amazonaws.com";
/// What Secrets Manager puts after a name in an ARN.
const SUFFIX: usize = "-AbCdEf".len();

/// A `secretId` compared with text, `None` where the pattern asks for the other form too.
struct Pinned<'p> {
    root: &'p Expr,
    placed: Placed<'p>,
    text: String,
    shape: Form,
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Form {
    Exact,
    Prefix,
    Other,
}

fn pinned<'p>(subject: &Subject<'p>) -> Vec<Pinned<'p>> {
    let clauses = subject.cloudtrail_clauses();
    clauses
        .into_iter()
        .filter_map(|(root, placed)| {
            let Test::Compare(Comparison::Equal, Operand::Text(glob, _)) = &placed.clause.test
            else {
                return None;
            };
            if !cloudtrail::is(&placed.clause.selector.path, SECRET_ID) {
                return None;
            }
            let (text, shape) = match glob.shape() {
                Shape::Exact(text) => (text.to_owned(), Form::Exact),
                Shape::Prefix(text) => (text.to_owned(), Form::Prefix),
                Shape::Anything => return None,
                _ => (glob.text(), Form::Other),
            };
            Some(Pinned { root, placed, text, shape })
        })
        .collect()
}

impl Pinned<'_> {
    fn is_arn(&self) -> bool {
        self.text.contains(":secret:") || self.text.starts_with("arn:")
    }

    /// The values asked for in alternatives to this clause.
    fn alternatives(&self) -> Vec<String> {
        let mut values = Vec::new();
        for (join, part) in self.placed.joins() {
            let Expr::Any(..) = join else {
                continue;
            };
            for other in siblings(join, part) {
                for clause in other.clauses() {
                    if !cloudtrail::is(&clause.selector.path, SECRET_ID) {
                        continue;
                    }
                    match &clause.test {
                        Test::Compare(Comparison::Equal, Operand::Text(glob, _)) => {
                            values.push(glob.text());
                        }
                        Test::Compare(Comparison::Equal, Operand::Regex(regex, _)) => {
                            values.push(regex.source().to_owned());
                        }
                        _ => {}
                    }
                }
            }
        }
        values
    }

    fn with(&self, more: impl IntoIterator<Item = Expr>) -> Option<String> {
        let expr = self.placed.expr()?;
        print(replace(self.root, expr, &any(std::iter::once(expr.clone()).chain(more))))
    }

    fn path(&self) -> &Path {
        &self.placed.clause.selector.path
    }
}

/// The name that an ARN names, with what Secrets Manager put after it cut off.
pub(in crate::pattern) fn name_in_arn(arn: &str) -> Option<&str> {
    let (_, name) = arn.split_once(":secret:")?;
    let cut = name.len().checked_sub(SUFFIX)?;
    let (name, suffix) = (name.get(..cut)?, name.get(cut..)?);
    let random = suffix.strip_prefix('-')?;
    (!name.is_empty() && random.chars().all(|c| c.is_ascii_alphanumeric())).then_some(name)
}

pub(super) fn by_name_only(subject: &Subject<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for pinned in pinned(subject) {
        let covers = |other: &String| other.contains(":secret:") || other.contains("arn:");
        if pinned.is_arn() || pinned.text.is_empty() || pinned.alternatives().iter().any(covers) {
            continue;
        }
        let reason = format!(
            "The console and most SDK callers name the secret by its ARN, \
             arn:aws:secretsmanager:REGION:ACCOUNT:secret:{}…: `{}` does not hold for them.",
            pinned.text,
            subject.text(pinned.placed.clause.span),
        );
        let arn = escape(&pinned.text).and_then(|name| match pinned.shape {
            Form::Exact => search(pinned.path(), &format!(":secret:{name}-[A-Za-z0-9]{{6}}$")),
            Form::Prefix => search(pinned.path(), &format!(":secret:{name}")),
            Form::Other => None,
        });
        let rewrite = arn.and_then(|arn| pinned.with([arn]));
        found.push(Found::new(pinned.placed.clause.span, reason).rewrite(rewrite));
    }
    found
}

pub(super) fn by_arn_only(subject: &Subject<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for pinned in pinned(subject) {
        let covers = |other: &String| !other.contains(":secret:") && !other.contains("arn:");
        if !pinned.is_arn() || pinned.alternatives().iter().any(covers) {
            continue;
        }
        let clause = subject.text(pinned.placed.clause.span);
        let (reason, more) = match (pinned.shape, name_in_arn(&pinned.text)) {
            (Form::Exact, Some(name)) => {
                let reason = format!(
                    "Who reads the secret by its name, as with `aws secretsmanager get-secret-value \
                     --secret-id {name}`, is missed: `{clause}` does not hold."
                );
                (reason, vec![equal(pinned.path(), name)])
            }
            (Form::Exact, None) => {
                let name = pinned.text.split_once(":secret:").map_or("", |(_, name)| name);
                let reason = format!(
                    "The console names the secret by its whole ARN, which ends in a hyphen and six \
                     more characters, the AWS CLI mostly by its name: `{clause}` holds for neither."
                );
                let whole = equal(pinned.path(), &format!("{}-*", pinned.text));
                let name = (!name.is_empty()).then(|| equal(pinned.path(), name));
                (reason, std::iter::once(whole).chain(name).collect())
            }
            _ => {
                let reason = format!(
                    "Who reads the secret by its name, as with the AWS CLI, is missed: `{clause}` \
                     does not hold."
                );
                // `…:secret:prod/db-*`: the name is what stands before the hyphen.
                let name = pinned
                    .text
                    .split_once(":secret:")
                    .and_then(|(_, name)| name.trim_end_matches('*').strip_suffix('-'));
                let more = name.filter(|name| !name.is_empty() && !name.contains('*'));
                (reason, more.map(|name| equal(pinned.path(), name)).into_iter().collect())
            }
        };
        let rewrite = if more.is_empty() { None } else { pinned.with(more) };
        found.push(Found::new(pinned.placed.clause.span, reason).rewrite(rewrite));
    }
    found
}

/// Whether a pattern is about reads of secrets.
fn reads_secrets(expr: &Expr) -> bool {
    expr.clauses().iter().any(|clause| {
        let Test::Compare(Comparison::Equal, Operand::Text(glob, _)) = &clause.test else {
            return false;
        };
        let matches = |text: &str| glob.matches(text) == Ok(true);
        let path = &clause.selector.path;
        (cloudtrail::is(path, &["eventName"])
            && glob.shape() != Shape::Anything
            && (matches("GetSecretValue") || matches("BatchGetSecretValue")))
            || cloudtrail::is(path, SECRET_ID)
    })
}

/// What a clause asks of the events of a batch: whether it keeps them out.
fn excludes_batch(path: &[&str], test: &Test) -> bool {
    // Not `userIdentity.type`, which is the caller's, and not `eventType`, which is AwsApiCall.
    let named = [&["userIdentity", "invokedBy"][..], &["sourceIPAddress"], &["userAgent"]];
    match test {
        Test::NotExists => path == ["userIdentity", "invokedBy"],
        Test::Compare(Comparison::NotEqual, Operand::Text(glob, _)) => {
            named.contains(&path)
                && glob.shape() != Shape::Anything
                && glob.matches(SERVICE) != Ok(false)
        }
        _ => false,
    }
}

pub(super) fn service_invoked_excluded(subject: &Subject<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    let Some(root) = subject.expr().filter(|root| subject.cloudtrail && reads_secrets(root)) else {
        return found;
    };
    let mut reported: Vec<&Expr> = Vec::new();
    walk(root, &mut |expr| {
        let Expr::Clause(clause) = expr else {
            return;
        };
        let excludes =
            names(&clause.selector.path).is_some_and(|names| excludes_batch(&names, &clause.test));
        if excludes {
            reported.push(expr);
        }
    });
    for expr in reported {
        // `invokedBy NOT EXISTS || invokedBy = "secretsmanager…"` lets the reads of a batch in.
        let placed = super::tree::placed(root);
        let Some(placed) =
            placed.iter().find(|it| it.expr().is_some_and(|e| std::ptr::eq(e, expr)))
        else {
            continue;
        };
        if placed.joins().any(|(join, part)| admits_batch(join, part)) {
            continue;
        }
        let reason = format!(
            "For each secret read by BatchGetSecretValue CloudTrail writes a GetSecretValue event with \
             invokedBy, sourceIPAddress and userAgent {SERVICE}: `{}` keeps them out, and the \
             BatchGetSecretValue event itself has no secretId.",
            subject.text(expr.span()),
        );
        let rewrite = without(root, expr).and_then(print);
        found.push(Found::new(expr.span(), reason).rewrite(rewrite));
    }
    found
}

/// Whether an alternative beside a part holds for the events of a batch.
fn admits_batch(join: &Expr, part: &Expr) -> bool {
    matches!(join, Expr::Any(..))
        && siblings(join, part).flat_map(Expr::clauses).any(|clause| {
            let Test::Compare(Comparison::Equal, Operand::Text(glob, _)) = &clause.test else {
                return false;
            };
            cloudtrail::is(&clause.selector.path, &["userIdentity", "invokedBy"])
                && glob.matches(SERVICE) == Ok(true)
        })
}
