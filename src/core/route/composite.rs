//! What the rules of composite alarms say.
//!
//! Source: [AlarmRule](https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html).

/// The alarms that a rule looks at, by name: the arguments of `ALARM(…)`, `OK(…)` and
/// `INSUFFICIENT_DATA(…)`. An alarm given by ARN is told by the name that ends it.
///
/// ```
/// # use secmon_core::route::alarms_in_rule;
/// let rule = r#"ALARM( "secret-read" ) AND NOT OK('arn:aws:cloudwatch:eu-west-1:1:alarm:quiet')"#;
/// assert_eq!(alarms_in_rule(rule), ["secret-read", "quiet"]);
/// ```
pub fn alarms_in_rule(rule: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = rule;
    while let Some((before, after)) = rest.split_once('(') {
        let is_state = ["ALARM", "OK", "INSUFFICIENT_DATA"]
            .iter()
            .any(|state| before.trim_end().to_ascii_uppercase().ends_with(state));
        let argument = after.trim_start();
        rest = after;
        if !is_state {
            continue;
        }
        let name = match argument.chars().next() {
            Some(quote @ ('"' | '\'')) => argument[1..].split_once(quote),
            _ => argument.split_once(')'),
        };
        let Some((name, after)) = name else { break };
        names.push(name.trim().rsplit_once(":alarm:").map_or(name.trim(), |(_, name)| name));
        rest = after;
    }
    names
}

/// Whether a composite alarm's rule is `ALARM(…)` or several of them joined by `OR`, so that any
/// of them takes it to ALARM. Names may be bare or in quotes; parentheses may stand around the
/// whole. Everything else (`AND`, `NOT`, `OK(…)`, `TRUE`, …) is not.
pub fn is_any_of_alarms(rule: &str) -> bool {
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
