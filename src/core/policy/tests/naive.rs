//! A second policy evaluator, written apart from the first, from AWS's pages: two-valued, on
//! `serde_json` values. It shares no code with the engine.
//!
//! What is not known is tried out: the naive evaluator answers in every world, one for each value
//! that an unknown key may have and for each way that AWS leaves open. A certain answer of the
//! engine must be the answer in all of them, and an unknown one must differ between some.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{ALARM, ROLE, SESSION, TOPIC};
use crate::policy::{Decision, PolicyDocument, Principal, Request, evaluate};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Allow,
    Deny,
    Neither,
}

/// Who asks, as the naive evaluator sees it.
#[derive(Debug, Clone, Copy)]
enum Who {
    Service(&'static str),
    /// ARN and account.
    Identity(&'static str, &'static str),
}

/// One way that everything could be.
#[derive(Debug, Clone, Default)]
struct World {
    keys: BTreeMap<String, Option<Vec<String>>>,
    /// Whether `NotPrincipal` with an identity, but not its account, spares that identity.
    not_principal_spares: bool,
    /// Whether a key with several values needs all of them to match where no set operator stands.
    several_need_all: bool,
    /// Whether `Service: "*"` means every service.
    star_service: bool,
}

fn list(value: &Value) -> Vec<String> {
    match value {
        Value::Array(all) => all.iter().flat_map(list).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

fn glob(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        (['*', rest @ ..], _) => (0..=text.len()).any(|skip| glob(rest, &text[skip..])),
        (['?', rest @ ..], [_, text @ ..]) => glob(rest, text),
        ([wanted, rest @ ..], [found, text @ ..]) if wanted == found => glob(rest, text),
        _ => false,
    }
}

fn like(pattern: &str, text: &str) -> bool {
    let chars = |text: &str| text.chars().collect::<Vec<_>>();
    glob(&chars(pattern), &chars(text))
}

/// "Each of the six colon-delimited components of the ARN is checked separately."
fn arn_like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<_>, Vec<_>) =
        (pattern.splitn(6, ':').collect(), text.splitn(6, ':').collect());
    text.len() == 6 && pattern.iter().zip(&text).all(|(pattern, text)| like(pattern, text))
}

/// Replaces policy variables; `None` where one has no value.
fn replaced(text: &str, world: &World) -> Option<String> {
    let Some((before, rest)) = text.split_once("${") else { return Some(text.to_owned()) };
    let (variable, after) = rest.split_once('}').unwrap();
    let (name, default) = match variable.split_once(", '") {
        Some((name, default)) => (name, Some(default.trim_end_matches('\'').to_owned())),
        None => (variable, None),
    };
    let value = match world.keys.get(&name.to_lowercase()).unwrap() {
        Some(values) => Some(values[0].clone()),
        None => default,
    };
    Some(format!("{before}{}{}", value?, replaced(after, world)?))
}

fn condition(operator: &str, key: &str, wanted: &[String], world: &World) -> bool {
    let found = world.keys.get(&key.to_lowercase()).unwrap_or_else(|| panic!("{key}"));
    if operator == "Null" {
        return wanted.iter().any(|wanted| (wanted == "true") == found.is_none());
    }
    let (set, operator) = operator.split_once(':').unwrap_or(("", operator));
    let plain = operator.trim_end_matches("IfExists");
    let negated = plain.contains("Not");
    let Some(found) = found else {
        if operator.ends_with("IfExists") {
            return true;
        }
        return match set {
            "ForAllValues" => true,
            "ForAnyValue" => false,
            _ => negated,
        };
    };
    let holds = |found: &String| {
        let any = wanted.iter().any(|wanted| {
            let Some(wanted) = replaced(wanted, world) else { return false };
            match plain.replace("Not", "").as_str() {
                "StringEquals" => wanted == *found,
                "StringEqualsIgnoreCase" => wanted.to_lowercase() == found.to_lowercase(),
                "StringLike" => like(&wanted, found),
                "ArnEquals" | "ArnLike" => arn_like(&wanted, found),
                "Bool" => wanted.to_lowercase() == found.to_lowercase(),
                other => panic!("{other}"),
            }
        });
        any != negated
    };
    match set {
        "ForAllValues" => found.iter().all(holds),
        "ForAnyValue" => found.iter().any(holds),
        _ if world.several_need_all => found.iter().all(holds),
        _ => found.iter().any(holds),
    }
}

fn account_in(entry: &str) -> Option<String> {
    if entry.len() == 12 && entry.chars().all(|c| c.is_ascii_digit()) {
        return Some(entry.to_owned());
    }
    let account = entry.strip_prefix("arn:aws:iam::")?.strip_suffix(":root")?;
    Some(account.to_owned())
}

/// Whether the principal is meant by one kind and entry.
fn meant(kind: &str, entry: &str, who: Who, world: &World) -> bool {
    match (kind, who) {
        ("AWS", _) if entry == "*" => true,
        ("AWS", Who::Identity(arn, account)) => {
            let of_session = arn.contains(":assumed-role/").then(|| {
                let role = arn.split('/').nth(1).unwrap();
                let account_matches = entry.starts_with(&format!("arn:aws:iam::{account}:role/"));
                account_matches && entry.rsplit('/').next() == Some(role)
            });
            entry == arn
                || account_in(entry).as_deref() == Some(account)
                || of_session == Some(true)
        }
        ("Service", Who::Service(_)) if entry == "*" => world.star_service,
        ("Service", Who::Service(name)) => entry == name,
        _ => false,
    }
}

fn entries(principal: &Value) -> Vec<(String, String)> {
    match principal {
        Value::Object(kinds) => {
            let each = kinds.iter();
            each.flat_map(|(kind, names)| list(names).into_iter().map(|name| (kind.clone(), name)))
                .collect()
        }
        star => vec![("AWS".to_owned(), star.as_str().unwrap().to_owned())],
    }
}

fn applies(
    statement: &Map<String, Value>,
    who: Who,
    action: &str,
    resource: &str,
    world: &World,
) -> bool {
    let principal_fits = match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(principal), _) => {
            entries(principal).iter().any(|(kind, entry)| meant(kind, entry, who, world))
        }
        (None, Some(spared)) => {
            let spared = entries(spared);
            let named = spared.iter().any(|(kind, entry)| meant(kind, entry, who, world));
            let whole = spared.iter().any(|(_, entry)| match who {
                Who::Identity(_, account) => {
                    entry == "*" || account_in(entry).as_deref() == Some(account)
                }
                Who::Service(_) => true,
            });
            !named || (!whole && !world.not_principal_spares)
        }
        (None, None) => true,
    };
    let covers_action = |entry: &String| like(&entry.to_lowercase(), &action.to_lowercase());
    let action_fits = match (statement.get("Action"), statement.get("NotAction")) {
        (Some(all), _) => list(all).iter().any(covers_action),
        (None, Some(all)) => !list(all).iter().any(covers_action),
        (None, None) => panic!(),
    };
    let covers_resource =
        |entry: &String| replaced(entry, world).is_some_and(|entry| like(&entry, resource));
    let resource_fits = match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(all), _) => list(all).iter().any(covers_resource),
        (None, Some(all)) => !list(all).iter().any(covers_resource),
        (None, None) => true,
    };
    let conditions = statement.get("Condition").and_then(Value::as_object);
    let conditions_hold = conditions.into_iter().flatten().all(|(operator, keys)| {
        let mut keys = keys.as_object().unwrap().iter();
        keys.all(|(key, wanted)| condition(operator, key, &list(wanted), world))
    });
    principal_fits && action_fits && resource_fits && conditions_hold
}

fn naive(policy: &Value, who: Who, action: &str, resource: &str, world: &World) -> Outcome {
    let statements = policy["Statement"].as_array().unwrap();
    let applying: Vec<&str> = statements
        .iter()
        .map(|statement| statement.as_object().unwrap())
        .filter(|statement| applies(statement, who, action, resource, world))
        .map(|statement| statement["Effect"].as_str().unwrap())
        .collect();
    if applying.contains(&"Deny") {
        Outcome::Deny
    } else if applying.contains(&"Allow") {
        Outcome::Allow
    } else {
        Outcome::Neither
    }
}

/// Every key a generated policy may ask for, in lower case.
const KEYS: [&str; 10] = [
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:securetransport",
    "aws:principalorgid",
    "aws:principalisawsservice",
    "aws:principalservicename",
    "aws:principalaccount",
    "aws:principalarn",
    "t:new",
    "t:none",
];
const MANY: &str = "t:many";

/// What is known of a key: `None` is nothing.
fn known(
    key: &str,
    who: Who,
    carried: &BTreeMap<String, Vec<String>>,
) -> Option<Option<Vec<String>>> {
    if let Some(values) = carried.get(key) {
        return Some(Some(values.clone()));
    }
    let one = |text: &str| Some(Some(vec![text.to_owned()]));
    match (key, who) {
        ("t:none", _) => Some(None),
        ("aws:principalisawsservice", Who::Service(_)) => one("true"),
        ("aws:principalisawsservice", Who::Identity(..)) => one("false"),
        ("aws:principalservicename", Who::Service(name)) => one(name),
        // "only if the principal is a member of an organization"
        ("aws:principalorgid", Who::Service(_)) => Some(None),
        ("aws:principalaccount", Who::Identity(_, account)) => one(account),
        ("aws:principalarn", Who::Identity(arn, _)) if !arn.contains("assumed-role") => one(arn),
        // "only when the call is made directly by an AWS service principal"
        ("aws:sourcearn" | "aws:sourceaccount" | "aws:principalservicename", Who::Identity(..)) => {
            Some(None)
        }
        _ => None,
    }
}

/// The values that tell the conditions on a key apart: each that is asked for, and another.
fn candidates(key: &str, policy: &str, asked: &BTreeSet<String>) -> Vec<Option<Vec<String>>> {
    let mut all = vec![None];
    if !policy.to_lowercase().contains(key) {
        return all;
    }
    for text in asked.iter().map(String::as_str).chain(["another"]) {
        if text.contains("${") {
            continue;
        }
        let value = text.replace('*', "x").replace('?', "y");
        all.push(Some(vec![value]));
    }
    all
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    fn chance(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    /// One of the texts, or a list of up to three.
    fn some(&mut self, of: &[&str]) -> Value {
        if self.chance(2) {
            return json!(self.one(of));
        }
        json!((0..self.below(3) + 1).map(|_| self.one(of)).collect::<Vec<_>>())
    }
}

const EVENTS: &str = "events.amazonaws.com";
const CLOUDWATCH: &str = "cloudwatch.amazonaws.com";

fn any_principal(dice: &mut Dice) -> Value {
    let aws = [
        "*",
        "123456789012",
        "arn:aws:iam::123456789012:root",
        "999999999999",
        ROLE,
        SESSION,
        "arn:aws:iam::123456789012:role/*",
        "arn:aws:iam::999999999999:role/delivery",
        "arn:aws:iam::123456789012:user/ann",
    ];
    let services = [CLOUDWATCH, EVENTS, CLOUDWATCH, "*"];
    match dice.below(6) {
        0 => json!("*"),
        1 | 2 => json!({ "AWS": dice.some(&aws) }),
        3 | 4 => json!({ "Service": dice.some(&services[..]) }),
        _ => json!({ "AWS": dice.some(&aws), "Service": dice.some(&services[..3]) }),
    }
}

fn any_condition(dice: &mut Dice) -> Value {
    let mut operators = Map::new();
    for _ in 0..dice.below(3) {
        let (kind, keys, values): (_, &[&str], &[&str]) = match dice.below(5) {
            0 | 1 => (
                dice.one(&[
                    "StringEquals",
                    "StringNotEquals",
                    "StringLike",
                    "StringNotLike",
                    "StringEqualsIgnoreCase",
                    "StringNotEqualsIgnoreCase",
                ]),
                &[
                    "aws:SourceAccount",
                    "AWS:sourceaccount",
                    "aws:PrincipalOrgID",
                    "t:new",
                    "t:none",
                    "t:many",
                    "aws:PrincipalServiceName",
                    "aws:PrincipalAccount",
                ],
                &[
                    "123456789012",
                    "1234*",
                    "?23456789012",
                    "999999999999",
                    "a",
                    "A",
                    "b",
                    "*",
                    CLOUDWATCH,
                    "${aws:PrincipalAccount}",
                    "${aws:SourceAccount, 'a'}",
                    "${t:none}",
                    "${t:none, 'a'}",
                ],
            ),
            2 => (
                dice.one(&["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"]),
                &["aws:SourceArn", "AWS:SourceARN", "aws:PrincipalArn"],
                &[
                    ALARM,
                    ROLE,
                    "arn:aws:cloudwatch:*:123456789012:alarm:*",
                    "arn:*:*:*:*:*",
                    "arn:aws:cloudwatch:us-east-1:*:alarm:other",
                    "arn:aws:cloudwatch:us-east-1:${aws:SourceAccount}:alarm:*",
                    "arn:aws:iam::123456789012:role/*",
                ],
            ),
            3 => (
                "Bool",
                &["aws:SecureTransport", "aws:PrincipalIsAWSService", "t:none"],
                &["true", "false", "TRUE"],
            ),
            _ => {
                let key = dice.one(&["aws:SourceArn", "t:new", "t:none", "aws:PrincipalOrgID"]);
                let wanted = dice.one(&["true", "false"]);
                operators.insert("Null".to_owned(), json!({ key: wanted }));
                continue;
            }
        };
        let key = dice.one(keys);
        let set =
            if kind == "Bool" { "" } else { dice.one(&["", "", "ForAllValues:", "ForAnyValue:"]) };
        let if_exists = if dice.chance(4) { "IfExists" } else { "" };
        operators.insert(format!("{set}{kind}{if_exists}"), json!({ key: dice.some(values) }));
    }
    Value::Object(operators)
}

fn any_statement(dice: &mut Dice) -> Value {
    let mut fields = Map::new();
    let effect = if dice.chance(3) { "Deny" } else { "Allow" };
    fields.insert("Effect".to_owned(), json!(effect));
    match dice.below(8) {
        0 => {}
        // AWS takes NotPrincipal with Deny only, or leaves it undocumented; the rule is the same.
        1 => drop(fields.insert("NotPrincipal".to_owned(), any_principal(dice))),
        _ => drop(fields.insert("Principal".to_owned(), any_principal(dice))),
    }
    let actions =
        ["sns:Publish", "SNS:publish", "sns:*", "*", "sns:Pub?ish", "kms:Decrypt", "sns:publishx"];
    let name = if dice.chance(6) { "NotAction" } else { "Action" };
    fields.insert(name.to_owned(), dice.some(&actions));
    let resources = [
        TOPIC,
        "*",
        "arn:aws:sns:*:123456789012:*",
        "arn:aws:sns:us-east-1:123456789012:other",
        "arn:*alerts",
        "arn:aws:sns:us-east-1:${aws:SourceAccount}:security-alerts",
        "arn:aws:sns:us-east-1:123456789012:Security-alerts",
        "arn:aws:sns:us-east-1:${t:none}:*",
    ];
    match dice.below(8) {
        0 => {}
        1 => drop(fields.insert("NotResource".to_owned(), dice.some(&resources))),
        _ => drop(fields.insert("Resource".to_owned(), dice.some(&resources))),
    }
    if dice.chance(2) {
        fields.insert("Condition".to_owned(), any_condition(dice));
    }
    Value::Object(fields)
}

/// The values that any condition of the policy asks a key for.
fn asked_for(policy: &Value, key: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for statement in policy["Statement"].as_array().unwrap() {
        let conditions = statement.get("Condition").and_then(Value::as_object);
        for keys in conditions.into_iter().flat_map(Map::values) {
            for (name, wanted) in keys.as_object().unwrap() {
                if name.to_lowercase() == key {
                    all.extend(list(wanted));
                }
            }
        }
    }
    all
}

fn worlds(policy: &Value, who: Who, carried: &BTreeMap<String, Vec<String>>) -> Vec<World> {
    let text = policy.to_string();
    let mut all = vec![World::default()];
    let mut with = |each: &dyn Fn(&World) -> Vec<World>| all = all.iter().flat_map(each).collect();
    for key in KEYS.iter().chain([&MANY]) {
        let values = match known(key, who, carried) {
            Some(known) => vec![known],
            None => candidates(key, &text, &asked_for(policy, key)),
        };
        with(&|world| {
            let each = values.iter().map(|value| {
                let mut world = world.clone();
                world.keys.insert((*key).to_owned(), value.clone());
                world
            });
            each.collect()
        });
    }
    for (open, asks) in ["NotPrincipal", MANY, "\"*\""].into_iter().enumerate() {
        if !text.contains(asks) {
            continue;
        }
        with(&|world| {
            let mut other = world.clone();
            match open {
                0 => other.not_principal_spares = true,
                1 => other.several_need_all = true,
                _ => other.star_service = true,
            }
            vec![world.clone(), other]
        });
    }
    all
}

const CASES: usize = 10_000;

#[test]
fn a_second_evaluator_agrees_in_every_world() {
    let mut dice = Dice(20_260_914);
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for case in 0..CASES {
        let statements: Vec<Value> =
            (0..dice.below(4) + 1).map(|_| any_statement(&mut dice)).collect();
        let policy = json!({ "Version": "2012-10-17", "Statement": statements });
        let who = dice.one(&[
            Who::Service(CLOUDWATCH),
            Who::Service(CLOUDWATCH),
            Who::Service(EVENTS),
            Who::Identity(ROLE, "123456789012"),
            Who::Identity(SESSION, "123456789012"),
            Who::Identity("arn:aws:iam::123456789012:user/ann", "123456789012"),
            Who::Identity("arn:aws:iam::123456789012:root", "123456789012"),
            Who::Identity("arn:aws:iam::999999999999:user/eve", "999999999999"),
        ]);
        let mut carried = BTreeMap::from([(MANY.to_owned(), vec!["a".to_owned(), "b".to_owned()])]);
        let mut carry =
            |key: &str, value: &str| carried.insert(key.to_owned(), vec![value.to_owned()]);
        if matches!(who, Who::Service(_)) && !dice.chance(4) {
            carry("aws:sourcearn", ALARM);
            carry("aws:sourceaccount", "123456789012");
        }
        if dice.chance(2) {
            carry("aws:securetransport", "true");
        }
        let action = dice.one(&["sns:Publish", "sns:Publish", "kms:Decrypt"]);
        let resource = dice.one(&[TOPIC, TOPIC, "arn:aws:sns:us-east-1:123456789012:other"]);

        let principal = match who {
            Who::Service(name) => Principal::service(name),
            Who::Identity(arn, _) => Principal::aws(arn),
        };
        let mut request = Request::new(principal, action, resource).without("t:none");
        for (key, values) in &carried {
            request = request.with_values(key, values.clone());
        }
        let document = PolicyDocument::parse(&policy.to_string()).unwrap();
        let decision = evaluate(&[("", &document)], &request);

        let worlds = worlds(&policy, who, &carried);
        // Of very many worlds some will do.
        let some = worlds.iter().step_by(worlds.len() / 400 + 1);
        let outcomes: BTreeSet<Outcome> =
            some.map(|world| naive(&policy, who, action, resource, world)).collect();
        let certain = |outcome| outcomes == BTreeSet::from([outcome]);
        let says = format!("case {case}: {decision}, {outcomes:?}\n{policy}\n{request:?}");
        let kind = match decision {
            Decision::Allowed { .. } => {
                assert!(certain(Outcome::Allow), "{says}");
                "allowed"
            }
            Decision::Denied { .. } => {
                assert!(certain(Outcome::Deny), "{says}");
                "denied"
            }
            Decision::NotAllowed { .. } => {
                assert!(!outcomes.contains(&Outcome::Allow), "{says}");
                "not allowed"
            }
            Decision::Unknown { .. } if outcomes.len() > 1 => "unknown",
            // Three-valued logic cannot see that two conditions on one key exclude each other, or
            // that one holds whatever the key is.
            Decision::Unknown { .. } => {
                assert!(worlds.len() > 1, "{says}");
                "unknown, but the same in every world"
            }
        };
        *seen.entry(kind).or_default() += 1;
        let unknown = matches!(decision, Decision::Unknown { .. });
        assert!(unknown || outcomes.len() == 1 || !outcomes.contains(&Outcome::Allow), "{says}");
    }
    for kind in ["allowed", "denied", "not allowed", "unknown"] {
        assert!(seen[kind] > CASES / 100, "{seen:?}");
    }
    let overcautious = seen.get("unknown, but the same in every world").copied().unwrap_or(0);
    assert!(overcautious < CASES / 50, "{seen:?}");
}
