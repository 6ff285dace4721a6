//! The table of lints of patterns.

use super::{
    Found, Lint, LintId, Subject, Weight, extent, fields, groups, logic, presence, secrets, terms,
    text, values,
};

/// A lint and how it is found.
pub(super) struct Rule {
    pub(super) lint: LintId,
    source: &'static str,
    pub(super) find: fn(&Subject<'_>) -> Vec<Found>,
}

const fn rule(
    weight: Weight,
    id: &'static str,
    title: &'static str,
    source: &'static str,
    find: fn(&Subject<'_>) -> Vec<Found>,
) -> Rule {
    Rule { lint: LintId { id, title, weight }, source, find }
}

pub(super) const SYNTAX: &str = "CloudWatch Logs User Guide, Filter pattern syntax";
const RECORD: &str = "CloudTrail User Guide, CloudTrail record contents";
const IDENTITY: &str = "CloudTrail User Guide, CloudTrail userIdentity element";
const SEEN: &str = "seen on AWS with TestMetricFilter";
const EVENTS: &str = "seen in CloudTrail's events";

/// The lints of patterns, in the order in which they are printed for one place.
pub(super) static RULES: &[Rule] = &[
    // Kinds of pattern
    rule(
        Weight::Error,
        "braces-forgotten",
        "A JSON pattern stands in braces",
        SYNTAX,
        terms::braces_forgotten,
    ),
    rule(
        Weight::Error,
        "quoted-pattern",
        "The whole pattern is in quotes and so a term",
        SYNTAX,
        terms::quoted_pattern,
    ),
    rule(
        Weight::Error,
        "fields-on-cloudtrail",
        "A space-delimited pattern does not read CloudTrail's JSON",
        SYNTAX,
        groups::fields_on_cloudtrail,
    ),
    rule(
        Weight::Warning,
        "terms-on-cloudtrail",
        "A term is found anywhere in an event, not only in its name",
        "seen in 30,493 events: \"GetSecretValue\" is in 174, of which 21 are other calls",
        groups::terms_on_cloudtrail,
    ),
    rule(
        Weight::Error,
        "one-field",
        "A word in brackets is the name of a field, not a word to look for",
        SEEN,
        groups::one_field,
    ),
    rule(
        Weight::Warning,
        "curly-quote",
        "Curly quotes are plain characters",
        SYNTAX,
        text::curly_in_pattern,
    ),
    // Selectors
    rule(
        Weight::Error,
        "selector-case",
        "CloudTrail writes the field in other letters",
        RECORD,
        fields::case,
    ),
    rule(
        Weight::Error,
        "selector-wrapped",
        "The selector goes through what EventBridge or a file puts around an event",
        EVENTS,
        fields::wrapped,
    ),
    rule(
        Weight::Error,
        "selector-parent",
        "The field stands inside another one",
        RECORD,
        fields::parentless,
    ),
    rule(
        Weight::Error,
        "selector-misspelled",
        "CloudTrail has no such field, but one with nearly that name",
        RECORD,
        fields::misspelled,
    ),
    rule(
        Weight::Error,
        "compares-object",
        "An object or an array is compared with a value",
        SEEN,
        fields::compares_object,
    ),
    // Values
    rule(
        Weight::Error,
        "boolean-as-text",
        "`=` compares text and numbers, not true and false",
        SEEN,
        values::boolean_as_text,
    ),
    rule(
        Weight::Error,
        "text-as-boolean",
        "CloudTrail writes this true or false as text",
        IDENTITY,
        values::text_as_boolean,
    ),
    rule(
        Weight::Error,
        "event-source-form",
        "An event source is the service's address",
        RECORD,
        values::event_source_form,
    ),
    rule(
        Weight::Error,
        "event-name-form",
        "An event name is the operation's name alone",
        RECORD,
        values::event_name_form,
    ),
    rule(
        Weight::Error,
        "value-misspelled",
        "The value is nearly one that CloudTrail writes",
        RECORD,
        values::misspelled,
    ),
    rule(
        Weight::Warning,
        "value-unknown",
        "CloudTrail never writes the value in this field",
        RECORD,
        values::unknown,
    ),
    rule(
        Weight::Warning,
        "stray-blank",
        "A value begins or ends with a blank",
        SEEN,
        values::stray_blank,
    ),
    rule(
        Weight::Error,
        "not-equal-anything",
        "`!= \"*\"` never holds",
        SEEN,
        values::not_equal_anything,
    ),
    rule(
        Weight::Warning,
        "inner-wildcard",
        "What a `*` inside a value does is not established",
        "CloudWatch Logs User Guide of 2020 (plain character); tests on AWS of 2018 (wildcard)",
        values::inner_wildcard,
    ),
    rule(
        Weight::Note,
        "double-wildcard",
        "Whether `*text*` is found anywhere in a value is not documented",
        SYNTAX,
        values::double_wildcard,
    ),
    rule(Weight::Note, "question-mark", "`?` is a plain character", SEEN, values::question_mark),
    // How clauses go together
    rule(
        Weight::Warning,
        "not-equal-absent",
        "`!=` does not hold where the field is absent",
        SEEN,
        presence::not_equal_absent,
    ),
    rule(
        Weight::Error,
        "not-equal-or",
        "`!=` joined by `||` matches nearly everything",
        "CIS 3.1 as printed in several guides matches 30,493 of 30,493 events",
        presence::not_equal_or,
    ),
    rule(
        Weight::Warning,
        "mixed-operators",
        "`&&` and `||` are mixed without parentheses",
        SYNTAX,
        logic::mixed_operators,
    ),
    rule(
        Weight::Error,
        "never-matches",
        "The pattern, or a part of it, never matches",
        SEEN,
        extent::never_matches,
    ),
    rule(
        Weight::Warning,
        "matches-everything",
        "The pattern matches every message",
        SEEN,
        extent::matches_everything,
    ),
    rule(Weight::Note, "duplicate", "Something is said twice", SYNTAX, logic::duplicate),
    rule(Weight::Note, "implied", "A clause makes no difference", SYNTAX, logic::implied),
    // Reads of secrets
    rule(
        Weight::Warning,
        "secret-by-name-only",
        "Reads by ARN, as the console makes them, are missed",
        "captured: `requestParameters.secretId` is what the caller typed, the console's is the ARN",
        secrets::by_name_only,
    ),
    rule(
        Weight::Warning,
        "secret-by-arn-only",
        "Reads by name, as with the AWS CLI, are missed",
        "captured: `requestParameters.secretId` is what the caller typed",
        secrets::by_arn_only,
    ),
    rule(
        Weight::Warning,
        "service-invoked-excluded",
        "The secrets read by BatchGetSecretValue are missed",
        "captured 2026-09-24: the GetSecretValue events of a batch are invoked by \
         secretsmanager.amazonaws.com",
        secrets::service_invoked_excluded,
    ),
    // Terms
    rule(
        Weight::Error,
        "optional-ignored",
        "`?` terms count for nothing beside other terms",
        SYNTAX,
        terms::optional_ignored,
    ),
    rule(
        Weight::Warning,
        "word-operator",
        "AND, OR and NOT are looked for as words",
        SYNTAX,
        terms::word_operator,
    ),
    rule(
        Weight::Warning,
        "symbols-without-quotes",
        "A term with symbols stands in quotes",
        SYNTAX,
        groups::symbols_without_quotes,
    ),
    // What is not established
    rule(
        Weight::Note,
        "not-established",
        "What AWS does with this is not established",
        "no documentation and no observation",
        groups::not_established,
    ),
];

impl Rule {
    pub(super) fn lint(&self, found: Found) -> Lint {
        let Found { span, reason, rewrite } = found;
        Lint { id: self.lint, span, reason, rewrite, source: self.source }
    }
}
