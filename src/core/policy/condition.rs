//! The `Condition` element.
//!
//! Sources: [condition operators](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html),
//! [set operators](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html).
//!
//! Several operators and several keys are joined by *and*, several values of one key by *or*; under
//! a negated operator by *nor*. A key the request does not carry makes a positive operator false, a
//! negated one true.

use std::cmp::Ordering;
use std::net::IpAddr;

use super::document::Condition;
use super::request::{Knowledge, Request};
use super::truth::{Doubt, Truth};
use super::wildcard::{Case, Resolved, Text, Variables};

/// `ForAllValues:` and `ForAnyValue:` before an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    None,
    ForAllValues,
    ForAnyValue,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equals(Case),
    Like,
    Arn,
    Bool,
    Null,
    Numeric(Order),
    Date(Order),
    Ip,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Operator {
    set: Set,
    comparison: Comparison,
    negated: bool,
    if_exists: bool,
}

/// Does this condition hold for the request?
pub(super) fn holds(condition: &Condition, variables: Variables, request: &Request) -> Truth {
    let Some(operator) = read(&condition.operator) else {
        return Truth::Unknown(Doubt::Operator(condition.operator.clone()));
    };
    let known = request.key(&condition.key);
    if operator.comparison == Comparison::Null {
        return null(condition, &known);
    }
    let values = match known {
        Knowledge::Values(values) => values,
        Knowledge::Absent => return absent(operator).into(),
        Knowledge::NotKnown => return Truth::Unknown(Doubt::Key(condition.key.clone())),
    };
    let one = |value: &String| {
        Truth::any(
            condition
                .values
                .iter()
                .map(|wanted| compare(operator, condition, wanted, value, variables, request)),
        )
        .negated_if(operator.negated)
    };
    match operator.set {
        Set::ForAllValues => Truth::all(values.iter().map(one)),
        Set::ForAnyValue => Truth::any(values.iter().map(one)),
        // AWS asks for a set operator when a request carries several values and does not say what
        // happens without one, so the answer counts only if every value agrees.
        Set::None => {
            let every = Truth::all(values.iter().map(one));
            let some = Truth::any(values.iter().map(one));
            if every == some { every } else { Truth::Unknown(Doubt::Key(condition.key.clone())) }
        }
    }
}

/// The answer when the request does not carry the key. `ForAllValues` "also returns true if there
/// are no context keys in the request", `ForAnyValue` false, whatever operator follows.
fn absent(operator: Operator) -> bool {
    match operator.set {
        _ if operator.if_exists => true,
        Set::ForAllValues => true,
        Set::ForAnyValue => false,
        Set::None => operator.negated,
    }
}

fn null(condition: &Condition, known: &Knowledge) -> Truth {
    let is_absent = match known {
        Knowledge::Values(_) => false,
        Knowledge::Absent => true,
        Knowledge::NotKnown => return Truth::Unknown(Doubt::Key(condition.key.clone())),
    };
    Truth::any(condition.values.iter().map(|wanted| match boolean(wanted) {
        Some(wanted) => (wanted == is_absent).into(),
        None => unreadable(condition, wanted),
    }))
}

fn read(name: &str) -> Option<Operator> {
    let (set, name) = match name.split_once(':') {
        None => (Set::None, name),
        Some(("ForAllValues", name)) => (Set::ForAllValues, name),
        Some(("ForAnyValue", name)) => (Set::ForAnyValue, name),
        Some(_) => return None,
    };
    let (name, if_exists) = match name.strip_suffix("IfExists") {
        Some(name) => (name, true),
        None => (name, false),
    };
    let (comparison, negated) = match name {
        "StringEquals" => (Comparison::Equals(Case::Sensitive), false),
        "StringNotEquals" => (Comparison::Equals(Case::Sensitive), true),
        "StringEqualsIgnoreCase" => (Comparison::Equals(Case::Insensitive), false),
        "StringNotEqualsIgnoreCase" => (Comparison::Equals(Case::Insensitive), true),
        "StringLike" => (Comparison::Like, false),
        "StringNotLike" => (Comparison::Like, true),
        // "ArnEquals and ArnLike behave identically."
        "ArnEquals" | "ArnLike" => (Comparison::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Comparison::Arn, true),
        "Bool" => (Comparison::Bool, false),
        // "to the end of any condition operator name except the Null condition"
        "Null" if !if_exists && set == Set::None => (Comparison::Null, false),
        "IpAddress" => (Comparison::Ip, false),
        "NotIpAddress" => (Comparison::Ip, true),
        _ => {
            if let Some(order) = name.strip_prefix("Numeric") {
                let (order, negated) = ordering(order)?;
                (Comparison::Numeric(order), negated)
            } else {
                let (order, negated) = ordering(name.strip_prefix("Date")?)?;
                (Comparison::Date(order), negated)
            }
        }
    };
    Some(Operator { set, comparison, negated, if_exists })
}

fn ordering(name: &str) -> Option<(Order, bool)> {
    Some(match name {
        "Equals" => (Order::Equal, false),
        "NotEquals" => (Order::Equal, true),
        "LessThan" => (Order::Less, false),
        "LessThanEquals" => (Order::LessOrEqual, false),
        "GreaterThan" => (Order::Greater, false),
        "GreaterThanEquals" => (Order::GreaterOrEqual, false),
        _ => return None,
    })
}

/// Compares one value of the request with one value of the policy, without negation.
fn compare(
    operator: Operator,
    condition: &Condition,
    wanted: &str,
    value: &str,
    variables: Variables,
    request: &Request,
) -> Truth {
    let text =
        |test: &dyn Fn(&Text) -> Option<bool>| match Text::resolve(wanted, variables, request) {
            Resolved::Text(text) => {
                test(&text).map_or_else(|| unreadable(condition, wanted), Truth::from)
            }
            Resolved::NoValue => Truth::No,
            Resolved::Unknown(doubt) => Truth::Unknown(doubt),
        };
    match operator.comparison {
        Comparison::Equals(case) => text(&|pattern| Some(pattern.equals(value, case))),
        Comparison::Like => text(&|pattern| Some(pattern.matches(value, Case::Sensitive))),
        Comparison::Arn => text(&|pattern| pattern.matches_arn(value)),
        Comparison::Bool => match (boolean(wanted), boolean(value)) {
            (Some(wanted), Some(value)) => (wanted == value).into(),
            (None, _) => unreadable(condition, wanted),
            (_, None) => unreadable(condition, value),
        },
        Comparison::Numeric(order) => {
            ordered(condition, order, (wanted, number(wanted)), (value, number(value)))
        }
        Comparison::Date(order) => {
            ordered(condition, order, (wanted, instant(wanted)), (value, instant(value)))
        }
        Comparison::Ip => match (network(wanted), value.parse::<IpAddr>()) {
            (Some((network, prefix)), Ok(address)) => contains(network, prefix, address).into(),
            (None, _) => unreadable(condition, wanted),
            (_, Err(_)) => unreadable(condition, value),
        },
        Comparison::Null => Truth::Unknown(Doubt::Operator(condition.operator.clone())),
    }
}

fn unreadable(condition: &Condition, value: &str) -> Truth {
    let operator = condition.operator.clone();
    Truth::Unknown(Doubt::Value { operator, value: value.to_owned() })
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite())
}

/// Seconds since 1970 and nanoseconds, from a W3C date and time, a date (midnight UTC) or epoch
/// seconds. A year alone reads as epoch seconds, as AWS documents both and no rule between them.
fn instant(text: &str) -> Option<(i64, i32)> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Some((seconds, 0));
    }
    let timestamp = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let date = text.parse::<jiff::civil::Date>().ok()?;
        date.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|midnight| midnight.timestamp())
    })?;
    Some((timestamp.as_second(), timestamp.subsec_nanosecond()))
}

fn ordered<T: PartialOrd>(
    condition: &Condition,
    order: Order,
    (wanted_text, wanted): (&str, Option<T>),
    (value_text, value): (&str, Option<T>),
) -> Truth {
    let Some(wanted) = wanted else {
        return unreadable(condition, wanted_text);
    };
    let Some(value) = value else {
        return unreadable(condition, value_text);
    };
    let Some(found) = value.partial_cmp(&wanted) else {
        return unreadable(condition, value_text);
    };
    match order {
        Order::Equal => found == Ordering::Equal,
        Order::Less => found == Ordering::Less,
        Order::LessOrEqual => found != Ordering::Greater,
        Order::Greater => found == Ordering::Greater,
        Order::GreaterOrEqual => found != Ordering::Less,
    }
    .into()
}

/// An address with its prefix length; without one the whole address counts.
fn network(text: &str) -> Option<(IpAddr, u32)> {
    let (address, prefix) = match text.split_once('/') {
        None => (text.parse::<IpAddr>().ok()?, None),
        Some((address, prefix)) => (address.parse().ok()?, Some(prefix.parse::<u32>().ok()?)),
    };
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.unwrap_or(bits);
    (prefix <= bits).then_some((address, prefix))
}

fn contains(network: IpAddr, prefix: u32, address: IpAddr) -> bool {
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
            network.to_bits() & mask == address.to_bits() & mask
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
            network.to_bits() & mask == address.to_bits() & mask
        }
        _ => false,
    }
}
