//! The rules of composite alarms that are plain enough to judge.

/// Whether a composite alarm's rule is `ALARM(…)` or several of them joined by `OR`, so that any
/// of them takes it to ALARM. Names may be bare or in quotes; parentheses may stand around the
/// whole. Everything else (`AND`, `NOT`, `OK(…)`, `TRUE`, …) is not.
///
/// Source: [AlarmRule](https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html).
pub(super) fn is_any_of_alarms(rule: &str) -> bool {
    alternatives(rule, DEPTH).is_some_and(|rest| rest.trim().is_empty())
}

/// More parentheses around one alarm than anybody writes; a hostile file may hold more.
const DEPTH: u32 = 32;

/// What follows after `term OR term OR …`.
fn alternatives(rule: &str, depth: u32) -> Option<&str> {
    let mut rest = term(rule, depth)?;
    loop {
        let Some(next) = rest.trim_start().strip_prefix("OR") else {
            return Some(rest);
        };
        if !next.starts_with([' ', '\t', '\r', '\n', '(']) {
            return None;
        }
        rest = term(next, depth)?;
    }
}

/// What follows after `ALARM(name)`, or after alternatives in parentheses.
fn term(rule: &str, depth: u32) -> Option<&str> {
    let rule = rule.trim_start();
    if let Some(inside) = rule.strip_prefix('(') {
        return alternatives(inside, depth.checked_sub(1)?)?.trim_start().strip_prefix(')');
    }
    let argument = rule.strip_prefix("ALARM")?.trim_start().strip_prefix('(')?.trim_start();
    let after = match argument.chars().next()? {
        quote @ ('"' | '\'') => argument[1..].split_once(quote)?.1,
        _ => &argument[argument.find([')', '('])?..],
    };
    after.trim_start().strip_prefix(')')
}
