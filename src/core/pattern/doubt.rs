//! What nobody has established about AWS's filter patterns.
//!
//! A [`Doubt`] is the reason of an uncertain answer. Most of them are probes: a pattern and
//! messages whose answer AWS would settle, run by `secmon pattern probe`.

use super::span::Span;

/// A doubt that a pattern raises whatever the message is, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Doubtful {
    /// What is not established.
    pub doubt: Doubt,
    /// What raises it.
    pub span: Span,
}

macro_rules! doubts {
    ($($(#[$meta:meta])* $name:ident, $id:literal, $probe:expr, $accepted:literal, $says:literal;)*) => {
        /// Something about AWS's behaviour that no documentation and no observation establishes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Doubt { $(#[doc = $says] $name,)* }

        impl Doubt {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its id, such as `inner-wildcard`.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// What is not established, as a sentence.
            pub const fn says(self) -> &'static str {
                match self { $(Self::$name => $says,)* }
            }

            /// The probes that would settle it, such as `probe-01`.
            pub const fn probes(self) -> &'static [&'static str] {
                match self { $(Self::$name => $probe,)* }
            }

            /// Whether a filter that exists on AWS settles it: the doubt is whether AWS takes the
            /// pattern at all, not what the pattern then means.
            pub const fn settled_by_acceptance(self) -> bool {
                match self { $(Self::$name => $accepted,)* }
            }
        }
    };
}

doubts! {
    // JSON, values
    InnerWildcard, "inner-wildcard", &["probe-01", "probe-04"], false,
        "A `*` inside a value is a plain character in the documentation of 2020 and was seen as a wildcard in 2018.";
    RepeatedSuffix, "repeated-suffix", &["probe-02"], false,
        "Where the text after a leading `*` stands in the value more than once, AWS missed it in 2018.";
    DoubleWildcard, "double-wildcard", &["probe-03"], false,
        "Whether `*text*` finds the text anywhere in a value is not documented.";
    EscapedStar, "escaped-star", &["probe-05"], false,
        "Whether `\\*` stands for a plain `*` is not documented.";
    EscapedQuote, "escaped-quote", &["probe-15"], false,
        "How a `\\\"` inside a quoted value is read is not documented.";
    Backslash, "backslash", &[], false,
        "How a backslash inside a quoted value is read is not documented.";
    NonAscii, "non-ascii", &["probe-14", "probe-45"], false,
        "Whether values with characters beyond ASCII are compared as typed is not documented.";
    BareSymbol, "bare-symbol", &["probe-07", "probe-08", "probe-09", "probe-10"], true,
        "Only letters, digits, `.` and `*` were seen in values without quotes; put it in quotes.";
    NumberOverflow, "number-overflow", &["probe-18"], false,
        "What a number beyond the range of a double, or nearer to 0, is compared as is not documented.";
    NumberForm, "number-form", &[], false,
        "Whether `+5`, `.5` and `5.` are numbers is not documented.";
    KeywordAsValue, "keyword-as-value", &[], true,
        "Whether NULL, TRUE and the other keywords may be values without quotes is not documented.";
    // JSON, numbers in messages
    LargeNumber, "large-number", &["probe-16"], false,
        "Whether numbers beyond 2^53 are compared exactly is not documented.";
    DecimalForm, "decimal-form", &["probe-17"], false,
        "Whether a decimal equals the same number written otherwise is not documented.";
    NumberAsText, "number-as-text", &[], false,
        "How a number that is written unusually (`1e0`, `1.50`) is turned into text to be compared with text is not documented.";
    RegexOnNumber, "regex-on-number", &[], false,
        "Whether a regular expression is tried on numbers is not documented.";
    NotEqualRegex, "not-equal-regex", &["probe-13"], false,
        "Whether `!=` takes a regular expression is not documented.";
    // JSON, selectors
    NotEqualWildcard, "not-equal-wildcard", &["probe-11"], false,
        "Whether `!=` over `[*]` or `.*` asks one of the values or all of them is not documented.";
    NotExistsWildcard, "not-exists-wildcard", &["probe-12"], false,
        "What NOT EXISTS asks of `[*]` or `.*` is not documented.";
    IsOnArray, "is-on-array", &[], false,
        "IS NULL is true of an array that holds null; whether deeper arrays count, and the like for TRUE and FALSE, is not documented.";
    MembersOfArray, "members-of-array", &[], false,
        "Whether `.*` also goes through the elements of an array is not documented.";
    BracketName, "bracket-name", &["probe-19", "probe-20", "probe-21"], true,
        "Names in brackets were seen only as `$.['na.me']` at the end of a selector.";
    SelectorSymbol, "selector-symbol", &[], true,
        "Names with other characters than letters, digits, `-` and `_` are not documented.";
    LowerCaseKeyword, "lower-case-keyword", &["probe-22", "probe-23"], true,
        "Whether IS, NOT EXISTS, NULL, TRUE and FALSE may be in lower case is not documented.";
    OuterBlanks, "outer-blanks", &["probe-06"], true,
        "Whether blanks may follow the closing brace is not documented; before the opening one they were refused in 2018.";
    OuterParentheses, "outer-parentheses", &["probe-24", "probe-25"], true,
        "Whether parentheses may stand around the whole pattern is not documented.";
    EmptyBraces, "empty-braces", &["probe-26"], false,
        "What a pattern with nothing between the braces matches is not documented.";
    LenientJson, "lenient-json", &["probe-27"], false,
        "Whether AWS finds JSON in a message that is not exactly one JSON object is not documented.";
    DeepJson, "deep-json", &[], false,
        "How deeply nested a message may be is not documented.";
    // Space-delimited
    OddQuoting, "odd-quoting", &["probe-28"], false,
        "How AWS splits words with empty or unfinished quotes and brackets is not documented.";
    QuotedWord, "quoted-word", &["probe-29"], false,
        "How a quoted value is compared with a word is not documented.";
    WordAsNumber, "word-as-number", &["probe-30", "probe-31", "probe-32"], false,
        "Whether a word is compared with a number by value or as text is not documented.";
    SingleField, "single-field", &["probe-33"], false,
        "What a condition on the only field of a pattern is compared with is not documented.";
    BlankLine, "blank-line", &["probe-34"], false,
        "Whether a space-delimited pattern matches a message without words is not documented.";
    TrailingEllipsis, "trailing-ellipsis", &["probe-35"], false,
        "What `...` at the end of a pattern matches is not documented.";
    EmptyField, "empty-field", &["probe-36"], false,
        "Whether a field before others may be left empty is not documented.";
    FieldParentheses, "field-parentheses", &["probe-37"], true,
        "Whether parentheses may stand in the condition of a field is not documented.";
    FieldOr, "field-or", &["probe-38"], false,
        "Whether OR and AND may be written in words in the condition of a field is not documented.";
    FieldName, "field-name", &[], true,
        "Names of fields with other characters than letters, digits and `_` are not documented.";
    WordBlanks, "word-blanks", &[], false,
        "Only spaces and tabs between words were seen; what line ends, and blanks around a message, count for is not documented.";
    // Terms and regular expressions
    SpaceAfterMinus, "space-after-minus", &["probe-39"], false,
        "Whether a blank may follow the `-` or `?` of a term is not documented.";
    OptionalWithExcluded, "optional-with-excluded", &["probe-40"], false,
        "What `?` terms are worth beside nothing but `-` terms is not documented.";
    RegexWithTerms, "regex-with-terms", &["probe-41"], false,
        "Whether a regular expression may stand beside other terms is not documented.";
    EmptyQuotes, "empty-quotes", &["probe-42"], false,
        "What empty quotes match is not documented.";
    BareTermSymbol, "bare-term-symbol", &["probe-43", "probe-44", "probe-45"], true,
        "Terms with other characters than letters, digits and `_` are documented only in quotes.";
    BlankPattern, "blank-pattern", &[], false,
        "What a pattern of nothing but blanks matches is not documented.";
    OpenRepetition, "open-repetition", &["probe-47", "probe-48"], false,
        "Whether one side of `{m,n}` may be left out is not established.";
    RegexOnNonAscii, "regex-on-non-ascii", &[], false,
        "How regular expressions treat characters beyond ASCII is not documented.";
    RegexLineEnd, "regex-line-end", &[], false,
        "What `.`, `^` and `$` of a regular expression make of line ends is not documented.";
    RegexSyntax, "regex-syntax", &[], false,
        "Of the syntax of regular expressions only the documented operators are established.";
    RegexSize, "regex-size", &[], false,
        "How often an element of a regular expression may be repeated is not documented.";
}

impl serde::Serialize for Doubt {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}
