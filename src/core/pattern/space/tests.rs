use super::super::error::{PatternError, Refusal};
use super::*;

struct Shown<'a>(&'a SpacePattern);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        display(self.0, f)
    }
}

type Raised<'t> = Vec<(Doubt, &'t str)>;

/// The pattern, and its doubts with what raises them.
fn read(text: &str) -> Result<(SpacePattern, Raised<'_>), PatternError> {
    let mut doubts = Vec::new();
    let pattern = parse(text, &mut doubts)?;
    let shown = Shown(&pattern).to_string();
    assert_eq!(parse(&shown, &mut Vec::new()).as_ref(), Ok(&pattern), "{text} as {shown}");
    Ok((pattern, doubts.into_iter().map(|one| (one.doubt, one.span.of(text))).collect()))
}

fn answer(text: &str, message: &str) -> Match {
    let (pattern, doubts) = read(text).unwrap();
    assert_eq!(doubts, [], "{text}");
    test(&pattern, message)
}

const ACCESS: &str =
    "127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] \"GET /index.html HTTP/1.0\" 404 1534";

#[test]
fn fields_take_words() {
    for (pattern, yes, no) in [
        ("[]", &["x", "x y", ACCESS][..], &[][..]),
        ("[a]", &["x", "x y"], &[]),
        (
            "[w1=ERROR, w2]",
            &["ERROR x y", "ERROR \"x", "ERROR\tx"],
            &["ERROR", "INFO x", "ERRORS x", ""],
        ),
        ("[w1!=ERROR && w1!=WARN, w2]", &["INFO x"], &["WARN x", "ERROR x", "INFO"]),
        ("[w1=ERROR || w1=%WARN%, w2]", &["XWARNING x", "ERROR x"], &["INFO WARN"]),
        ("[a, b=*html*, c]", &["x \"y.html z\" w", "x y.html w"], &["x \"y z\" html"]),
        (
            "[a, b=\"request failed\"]",
            &["x request failed", "x  request failed"],
            &["x request  failed"],
        ),
        ("[a=\"404\", b]", &["404 x"], &["404.0 x"]),
        ("[..., status=4*, bytes]", &[ACCESS, "4 x", "x\t4y\tz"], &["x", "4 x y", ""]),
        (
            "[ip, ..., status, bytes > 1000]",
            &[ACCESS, "x y 1001"],
            &["x 1001", "x y 1000", "x y 7"],
        ),
        ("[a, b, bytes > 1000]", &["x y 1534"], &["x y 1534 extra", "x y 10"]),
        ("[..., status = 404,]", &[ACCESS], &["404", "404 x y"]),
        ("[a, b = 404, c]", &["x 404 y"], &["x 405 y", "x 0405 y", "x y z", "x 405.5 y"]),
        ("[a, b != 403, c]", &["x 404 y"], &["x 403 y"]),
        ("[a <= -1.5, b]", &["-1.5 x", "-2 x"], &["-1 x", "0 x"]),
        ("[a > 1, b]", &["[2] z"], &["1 z"]),
        ("[a, b=*]", &["x y", "x y z"], &["x"]),
    ] {
        for message in yes {
            assert_eq!(answer(pattern, message), Match::Yes, "{pattern} {message}");
        }
        for message in no {
            assert_eq!(answer(pattern, message), Match::No, "{pattern} {message}");
        }
    }
}

#[test]
fn what_is_open_about_messages() {
    for (pattern, message, doubt) in [
        ("[a, b]", "x [y z", Doubt::OddQuoting),
        ("[a, b]", "\"\" y", Doubt::OddQuoting),
        ("[a, b]", "x \"\"", Doubt::OddQuoting),
        ("[a, b, c]", "x k=\"y z\"", Doubt::OddQuoting),
        ("[a=ERROR, b]", "[ERROR]: x", Doubt::OddQuoting),
        ("[..., a]", "[x [y] z] w", Doubt::OddQuoting),
        ("[a, b=x*]", r#"x "y \" z""#, Doubt::OddQuoting),
        ("[a=\"x y\", b]", "\"x y\" z", Doubt::QuotedWord),
        ("[a = 1, b]", "1.0 z", Doubt::WordAsNumber),
        ("[a = 1, b]", "01 z", Doubt::WordAsNumber),
        ("[a != 1, b]", "x z", Doubt::WordAsNumber),
        ("[a > 1, b]", "2k z", Doubt::WordAsNumber),
        ("[a > 1, b]", "1e5 z", Doubt::WordAsNumber),
        ("[a != 1, b]", "+5 z", Doubt::WordAsNumber),
        ("[a < 1, b]", "\"2 y\" z", Doubt::WordAsNumber),
        ("[a > 9007199254740992, b]", "9007199254740993 z", Doubt::WordAsNumber),
        ("[a=ERROR]", "ERROR", Doubt::SingleField),
        ("[a=ERROR]", "ERROR x", Doubt::SingleField),
        ("[]", "", Doubt::BlankLine),
        ("[a]", " ", Doubt::BlankLine),
        ("[a, ...]", "x", Doubt::TrailingEllipsis),
        ("[a!=x, ...]", "x y", Doubt::TrailingEllipsis),
        ("[a=x*y, b]", "xzy w", Doubt::InnerWildcard),
        ("[a, b=x]", "w x ", Doubt::WordBlanks),
        ("[a, b]", "w\nx", Doubt::WordBlanks),
        ("[a=w, b]", " w x", Doubt::WordBlanks),
        ("[a=%^.$%, b]", "é x", Doubt::RegexOnNonAscii),
    ] {
        assert_eq!(answer(pattern, message), Match::Uncertain(doubt), "{pattern} {message}");
    }
}

#[test]
fn it_is_sure_where_every_reading_agrees() {
    for (pattern, message, sure) in [
        ("[a=INFO, b, c]", "ERROR k=\"y z\"", Match::No),
        ("[a, b]", "x k=\"y z\"", Match::Yes),
        ("[a, b]", "12:00 [main]: x", Match::Yes),
        ("[a, b]", "x 5\" y", Match::Yes),
        ("[a, b, c]", "x k=\"y\" z", Match::Yes),
        ("[]", "\"\"", Match::Yes),
        ("[a=ERROR]", "INFO x", Match::No),
        ("[a, b=ERROR, ...]", "x INFO y", Match::No),
        ("[a, b, ...]", "x", Match::No),
        ("[a=x, b]", "x y\n", Match::Yes),
        ("[a=x, b]", "y x\n", Match::No),
        ("[a, b]", "  ", Match::No),
        ("[w1=WARN, b]", "[WARN] x", Match::Yes),
    ] {
        assert_eq!(answer(pattern, message), sure, "{pattern} {message}");
    }
}

#[test]
fn brackets_without_end_take_no_longer_than_words() {
    let message = format!("{}]", "a[ [b \" ".repeat(200_000));
    assert_eq!(answer("[a, ..., b]", &message), Match::Uncertain(Doubt::OddQuoting));
    assert_eq!(
        answer("[..., a, b]", &message[..message.len() - 1]),
        Match::Uncertain(Doubt::OddQuoting)
    );
}

#[test]
fn values() {
    let values = |pattern: &str, message: &str| {
        let values = extracted(&read(pattern).unwrap().0, message);
        values.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
    };
    assert_eq!(values("[a, b]", "x \"y z\""), ["$a=x", "$b=y z"]);
    assert_eq!(values("[a, b]", "x  y [z] "), ["$a=x", "$b=y [z] "]);
    assert_eq!(values("[a, ..., b]", "x [y z] w v"), ["$2=y z", "$3=w", "$a=x", "$b=v"]);
    assert_eq!(values("[..., a, ]", "x y z"), ["$1=x", "$3=z", "$a=y"]);
    assert_eq!(values("[a, ..., b]", "x y"), ["$a=x", "$b=y"]);
    assert_eq!(values("[]", "x \"y\""), ["$1=x", "$2=y"]);
    assert_eq!(values("[a, , b]", "x y z w"), ["$2=y", "$a=x", "$b=z w"]);
    assert_eq!(values("[a, ...]", "x y"), ["$2=y", "$a=x"]);
}

#[test]
fn what_is_open_about_patterns() {
    for (pattern, doubt, raised_by) in [
        ("[,b=2]", Doubt::EmptyField, ","),
        ("[a, ,b]", Doubt::EmptyField, ","),
        ("[w1=ERROR && (w1!=FOO || w1=WARN), w2]", Doubt::FieldParentheses, "(w1!=FOO || w1=WARN)"),
        ("[(w1=ERROR), w2]", Doubt::FieldParentheses, "(w1=ERROR)"),
        ("[w1=ERROR OR w1=WARN, w2]", Doubt::FieldOr, "OR"),
        ("[w1!=ERROR and w1!=WARN, w2]", Doubt::FieldOr, "and"),
        ("[a=x/y, b]", Doubt::BareSymbol, "x/y"),
        ("[a-b, c]", Doubt::FieldName, "a-b"),
        ("[a=+5, b]", Doubt::NumberForm, "+5"),
        ("[a>1e999, b]", Doubt::NumberOverflow, "1e999"),
        ("[a!=%x%, b]", Doubt::NotEqualRegex, "%x%"),
        ("[a=\"é\", b]", Doubt::NonAscii, "\"é\""),
        (r#"[a="\*x", b]"#, Doubt::EscapedStar, r"\*"),
        (r#"[a="\"x", b]"#, Doubt::EscapedQuote, r#"\""#),
        (r#"[a="\\x", b]"#, Doubt::Backslash, r"\\"),
        (" [a, b]", Doubt::OuterBlanks, " "),
        ("[a, b]\n", Doubt::OuterBlanks, "\n"),
    ] {
        assert_eq!(read(pattern).unwrap().1, [(doubt, raised_by)], "{pattern}");
    }
}

#[test]
fn the_canonical_form() {
    for (pattern, shown) in [
        ("[ ]", "[]"),
        ("[a,...,b,]", "[a, ..., b,]"),
        ("[ , a ]", "[, a]"),
        ("[a=x&&a!=\"y\"||a=\"4*\",b>1]", "[a = x && a != y || a = 4*, b > 1]"),
        ("[a=\"4\" || (a=4 || a=\"x y\"), b]", "[a = \"4\" || (a = 4 || a = \"x y\"), b]"),
        ("[(a=\"\" || a=%x% ) && a=\"SPACE\", b]", "[(a = \"\" || a = %x%) && a = \"SPACE\", b]"),
        (r#"[a="\"\\", b]"#, r#"[a = "\"\\", b]"#),
    ] {
        assert_eq!(Shown(&read(pattern).unwrap().0).to_string(), shown);
    }
}

#[test]
fn refusals() {
    let syntax = || Refusal::Syntax;
    let duplicate = Refusal::DuplicateField("a".to_owned());
    for (pattern, refusal, marked, instead) in [
        ("[a, b", Refusal::Unrecorded, "[a, b", "a `]` at the end"),
        ("[a, b] x", Refusal::Unrecorded, " x", "nothing after"),
        ("[a] || [b]", syntax(), "]", "one pattern"),
        ("[word, a, a=x]", duplicate, "a", "another name"),
        ("[a, ..., b, ..., c]", syntax(), "...", "a name"),
        ("[1a]", syntax(), "1a", "a name before it, such as `w1a`"),
        ("[a = ]", syntax(), "=", "a value"),
        ("[a == x, b]", syntax(), "==", "one of `=`"),
        ("[a=x && b=y, c]", syntax(), "b", "`a`, or a comma"),
        ("[a=x || WARN, c]", syntax(), "WARN", "`a`, or a comma"),
        ("[a=x || a, c]", syntax(), "a", "`a = *`"),
        ("[a=x && , c]", syntax(), ",", "the name of the field"),
        ("[\"ERROR\", b]", syntax(), "\"", "the name of the field"),
        ("[=ERROR, b]", syntax(), "=", "the name of the field"),
        ("[a ERROR, b]", syntax(), "E", "`,` before the next field"),
        ("[a=request failed OR a=x, b]", syntax(), "request failed", "`\"request failed\"`"),
        ("[a='x y', b]", Refusal::Unrecorded, "'x y'", "`\"x y\"`"),
        ("[a=“x“, b]", Refusal::Unrecorded, "“", "`\"`"),
        ("[a > ERROR, b]", Refusal::Unrecorded, "ERROR", "`=` or `!=`"),
        ("[a > \"5\", b]", Refusal::Unrecorded, "\"5\"", "`5` without quotes"),
        ("[a=\"x, b]", Refusal::Unrecorded, "\"x, b]", "`\"` at its end"),
        ("[ip=%[invalid%, user]", Refusal::Regex, "[invalid", "`\\[`"),
        ("[a=%x%, b=%y%, c=%z%]", Refusal::CodeOnly, "%z%", "one with `|`"),
        ("[a=x & a=y, b]", Refusal::Term("& ".to_owned()), "&", "`&&`"),
        ("[(a=x, b]", syntax(), "(", "a `)`"),
        ("[a=x), b]", syntax(), ")", "no `)`"),
        ("[w1=SPACE, w2, w3]", syntax(), "SPACE", "`\"SPACE\"`"),
    ] {
        let error = parse(pattern, &mut Vec::new()).unwrap_err();
        assert_eq!(error.refusal, refusal, "{pattern}");
        assert_eq!(error.span.of(pattern), marked, "{pattern}");
        let written = error.instead.unwrap();
        assert!(written.starts_with(instead), "{pattern}: {written}");
    }
    let deep = format!("[{}a=x{}]", "(".repeat(500), ")".repeat(500));
    assert!(parse(&deep, &mut Vec::new()).is_err());
}
