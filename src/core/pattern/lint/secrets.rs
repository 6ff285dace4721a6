//! Patterns for reads of secrets that miss some of them.

use super::cloudtrail::{self, names};
use super::presence::walk;
use super::reads::{self, IN_BATCH, READ};
use super::tree::{Placed, all, any, equal, escape, map, print, replace, search, siblings};
use super::{Found, Subject};
use crate::pattern::{Clause, Comparison, Expr, Match, Operand, Path, Shape, Test};

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

    /// Whether the pattern certainly misses reads with each of these as `secretId`.
    fn misses(&self, subject: &Subject<'_>, ids: &[String]) -> bool {
        let Some(target) = self.placed.expr() else {
            return false;
        };
        let judged = |clause: &Clause| cloudtrail::is(&clause.selector.path, SECRET_ID);
        ids.iter().all(|id| {
            reads::read(READ, id)
                .is_some_and(|it| reads::misses(subject, self.root, &[target], &judged, &it))
        })
    }

    /// The ARNs of a secret whose name is asked for.
    fn arns(&self) -> Vec<String> {
        let name = self.text.replace('*', "");
        let mut arns = vec![reads::arn(&format!("{name}-AbCdEf"))];
        // `*prod/db-AbCdEf` may be the end of an ARN.
        if self.shape == Form::Other {
            arns.push(reads::arn(&name));
        }
        arns
    }

    /// The `secretId`s of reads that a clause with an ARN misses.
    fn other_ids(&self) -> Vec<String> {
        let rest = self.text.split_once(":secret:").map_or("", |(_, name)| name);
        let stripped = rest.replace('*', "");
        let name = match (self.shape, name_in_arn(&self.text)) {
            (_, Some(name)) => return vec![name.to_owned()],
            (Form::Exact, None) => {
                return vec![format!("{}-AbCdEf", self.text), rest.to_owned()];
            }
            _ => stripped.trim_end_matches('-'),
        };
        vec![if name.is_empty() { "any/secret".to_owned() } else { name.to_owned() }]
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
        // Another part may match the read, or the value hold for the ARN as well.
        if !pinned.misses(subject, &pinned.arns()) {
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
        if !pinned.misses(subject, &pinned.other_ids()) {
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

const INVOKED_BY: &[&str] = &["userIdentity", "invokedBy"];
/// What is the same in every read of a batch.
const IN_EVERY_BATCH: &[&[&str]] = &[
    INVOKED_BY,
    &["eventName"],
    &["eventSource"],
    &["eventType"],
    &["eventCategory"],
    &["managementEvent"],
    &["readOnly"],
    &["sourceIPAddress"],
    &["userAgent"],
];

/// Whether a clause keeps out the reads of a batch. Not `userIdentity.type`, which is the caller's,
/// and not `eventType`, which is AwsApiCall.
fn excludes_batch(subject: &Subject<'_>, expr: &Expr, message: &str) -> bool {
    let Expr::Clause(clause) = expr else {
        return false;
    };
    let path = names(&clause.selector.path).unwrap_or_default();
    let asked = match &clause.test {
        Test::NotExists => path == INVOKED_BY,
        Test::Compare(Comparison::NotEqual, Operand::Text(glob, _)) => {
            [INVOKED_BY, &["sourceIPAddress"], &["userAgent"]].contains(&&path[..])
                && glob.shape() != Shape::Anything
        }
        _ => false,
    };
    asked && reads::answer(subject, expr.clone(), message) == Match::No
}

/// The expression with the reads of a batch let in where the targets keep them out. It only grows.
fn admitting(expr: &Expr, targets: &[&Expr]) -> Expr {
    let is_target = |part: &Expr| targets.iter().any(|target| std::ptr::eq(*target, part));
    let batch = || equal(&cloudtrail::path(INVOKED_BY), SERVICE);
    match expr {
        Expr::All(parts, _) if parts.iter().all(is_target) => any([expr.clone(), batch()]),
        Expr::All(parts, _) => {
            let kept = parts.iter().filter(|part| !is_target(part));
            all(kept.map(|part| admitting(part, targets)))
        }
        Expr::Any(parts, _) => {
            let more = parts.iter().any(is_target).then(batch);
            any(parts.iter().map(|part| admitting_part(part, targets)).chain(more))
        }
        other => other.clone(),
    }
}

fn admitting_part(part: &Expr, targets: &[&Expr]) -> Expr {
    match part {
        Expr::Clause(_) => part.clone(),
        _ => admitting(part, targets),
    }
}

pub(super) fn service_invoked_excluded(subject: &Subject<'_>) -> Vec<Found> {
    let Some(root) = subject.expr().filter(|root| subject.cloudtrail && reads_secrets(root)) else {
        return Vec::new();
    };
    let Some(message) = reads::read(IN_BATCH, &reads::arn("any/secret-AbCdEf")) else {
        return Vec::new();
    };
    let mut targets: Vec<&Expr> = Vec::new();
    walk(root, &mut |expr| {
        if excludes_batch(subject, expr, &message) {
            targets.push(expr);
        }
    });
    if targets.is_empty() {
        return Vec::new();
    }
    let judged = |clause: &Clause| {
        names(&clause.selector.path).is_some_and(|names| IN_EVERY_BATCH.contains(&&names[..]))
    };
    // Any secret may be in a batch, also the one that is asked for.
    let any_secret = map_secrets(root, &targets);
    let (with, targets_there) = (&any_secret, located(&any_secret, &targets));
    let admits = admitting(root, &targets);
    let misses = reads::misses(subject, with, &targets_there, &judged, &message);
    let mended = map(with, &|part| {
        targets_there.iter().any(|it| std::ptr::eq(*it, part)).then(reads::given)
    });
    // Where something else keeps the reads out, the clauses are not what does.
    let others = reads::misses(subject, &mended, &[], &judged, &message);
    if !misses || others {
        return Vec::new();
    }
    let rewrite = print(admits);
    let found = targets.iter().map(|expr| {
        let reason = format!(
            "For each secret read by BatchGetSecretValue CloudTrail writes a GetSecretValue event with \
             invokedBy, sourceIPAddress and userAgent {SERVICE}: `{}` keeps them out, and the \
             BatchGetSecretValue event itself has no secretId.",
            subject.text(expr.span()),
        );
        Found::new(expr.span(), reason).rewrite(rewrite.clone())
    });
    found.collect()
}

/// The expression with each comparison of `secretId` taken for given.
fn map_secrets(root: &Expr, targets: &[&Expr]) -> Expr {
    map(root, &|part| match part {
        Expr::Clause(clause)
            if cloudtrail::is(&clause.selector.path, SECRET_ID)
                && clause.test != Test::NotExists
                && !targets.iter().any(|it| std::ptr::eq(*it, part)) =>
        {
            Some(reads::given())
        }
        _ => None,
    })
}

/// The targets in a copy of the expression, by where they stand in the text.
fn located<'c>(copy: &'c Expr, targets: &[&Expr]) -> Vec<&'c Expr> {
    let mut found = Vec::new();
    walk(copy, &mut |expr| {
        let same = |target: &&Expr| {
            let (a, b) = (target.span(), expr.span());
            matches!(expr, Expr::Clause(_)) && a.start == b.start && a.end == b.end
        };
        if targets.iter().any(same) {
            found.push(expr);
        }
    });
    found
}
