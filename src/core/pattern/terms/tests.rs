use super::super::Match;
use super::*;

struct Shown<'a>(&'a [Term]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(self.0, f)
    }
}

type Raised<'t> = Vec<(Doubt, &'t str)>;

/// The terms, and their doubts with what raises them.
fn read(text: &str) -> Result<(Vec<Term>, Raised<'_>), PatternError> {
    let mut doubts = Vec::new();
    let terms = parse(text, &mut doubts)?;
    let shown = Shown(&terms).to_string();
    assert_eq!(parse(&shown, &mut Vec::new()).as_ref(), Ok(&terms), "{text} as {shown}");
    Ok((terms, doubts.into_iter().map(|one| (one.doubt, one.span.of(text))).collect()))
}

fn test(pattern: &str, message: &str) -> Match {
    let (terms, doubts) = read(pattern).unwrap();
    assert_eq!(doubts, [], "{pattern}");
    TermsMatcher::new(&terms).test(message)
}

#[test]
fn terms_are_found_anywhere_in_their_case() {
    for (pattern, yes, no) in [
        ("", &["", "x"][..], &[][..]),
        ("ERROR", &["ERROR", "TERROR 1", "ERRORCODE"], &["error", "INFO", ""]),
        ("ERROR ARGUMENTS", &["ARGUMENTS ERROR", "ERROR\nARGUMENTS"], &["ERROR", "ARGUMENTS"]),
        ("\"hello cruel\"", &["a hello cruel b"], &["hello  cruel", "cruel hello"]),
        ("\" \"", &["a b", " "], &["a", "a\tb", ""]),
        (r#""\" 5?? \"""#, &[r#"x " 5?? " y"#], &[r#"" 500 ""#]),
        ("-ERROR", &["", "INFO"], &["TERROR"]),
        ("ERROR -\"BAD REQUEST\"", &["ERROR BAD"], &["ERROR BAD REQUEST", "BAD"]),
        ("?ERROR ?WARN", &["xWARN", "ERROR"], &["INFO", ""]),
        ("?ERROR ?ARGUMENTS REQUEST", &["REQUEST", "ERROR REQUEST"], &["ERROR", "ARGUMENTS"]),
        ("?ERROR -x REQUEST", &["REQUEST"], &["ERROR", "REQUEST x"]),
        ("\n  a\t b ", &["ba"], &["a"]),
        (r"%^\[ERROR%", &["[ERROR"], &["x[ERROR"]),
    ] {
        for message in yes {
            assert_eq!(test(pattern, message), Match::Yes, "{pattern} {message}");
        }
        for message in no {
            assert_eq!(test(pattern, message), Match::No, "{pattern} {message}");
        }
    }
}

#[test]
fn beyond_ascii_it_says_no_where_every_reading_does() {
    let uncertain = Match::Uncertain(Doubt::NonAscii);
    assert_eq!(test("\"ein Café\"", "ein Café"), uncertain);
    assert_eq!(test("\"ein Café\"", "ein Cafe\u{301}"), uncertain);
    assert_eq!(test("\"ein Café\"", "kein Tee für mich"), Match::No);
    assert_eq!(test("\"ein Café\"", "ein Caf"), Match::No);
    assert_eq!(test("\"é\" x", "é"), Match::No);
    assert_eq!(test("-\"é\" x", "é x"), uncertain);
    assert_eq!(test("?\"é\" ?x", "é x"), Match::Yes);
    assert_eq!(test("?\"é\" ?x", "é"), uncertain);
}

#[test]
fn what_is_not_established() {
    for (pattern, doubt, raised_by) in [
        ("- \"x\"", Doubt::SpaceAfterMinus, "-"),
        ("? x", Doubt::SpaceAfterMinus, "?"),
        ("x -", Doubt::BareTermSymbol, "-"),
        ("?a -b", Doubt::OptionalWithExcluded, "?a"),
        ("b %a%", Doubt::RegexWithTerms, "%a%"),
        ("-%a%", Doubt::RegexWithTerms, "-%a%"),
        ("a \"\"", Doubt::EmptyQuotes, "\"\""),
        ("a.b", Doubt::BareTermSymbol, "."),
        ("*", Doubt::BareTermSymbol, "*"),
        ("?x ?été", Doubt::BareTermSymbol, "é"),
        ("?Runtime.ExitError ?x", Doubt::BareTermSymbol, "."),
        ("--x", Doubt::BareTermSymbol, "-"),
        ("\u{201c}x\u{201d}", Doubt::BareTermSymbol, "\u{201c}"),
        (r#""a\nb""#, Doubt::Backslash, r"\n"),
        (r#""a\\""#, Doubt::Backslash, r"\\"),
        ("  ", Doubt::BlankPattern, "  "),
        ("%a{2,}%", Doubt::OpenRepetition, "{2,}"),
    ] {
        assert_eq!(read(pattern).unwrap().1, [(doubt, raised_by)], "{pattern}");
    }
}

#[test]
fn what_the_terms_are() {
    let (terms, _) = read(r#"-"a \"b\" \\c\d" ?x %y%"#).unwrap();
    let texts: Vec<_> = terms
        .iter()
        .map(|term| match &term.text {
            TermText::Text(text) => (term.role, text.as_str()),
            TermText::Regex(regex) => (term.role, regex.source()),
        })
        .collect();
    let (excluded, optional) = (Role::Excluded, Role::Optional);
    let expected = [(excluded, r#"a "b" \c\d"#), (optional, "x"), (Role::Required, "y")];
    assert_eq!(texts, expected);
    assert_eq!(Shown(&terms).to_string(), r#"-"a \"b\" \\c\\d" ?x %y%"#);
}

#[test]
fn refusals() {
    let star = || Refusal::Term("*".to_owned());
    for (pattern, refusal, marked, instead) in [
        ("ERR*", star(), "*", "`ERR`, or"),
        ("-*.html", star(), "*", "`\"*.html\"`"),
        ("a **", star(), "*", "`\"*\"`"),
        ("a \"b c", Refusal::Unrecorded, "\"b c", "`\"` at its end"),
        (r#""a\""#, Refusal::Unrecorded, r#""a\""#, "`\"` at its end"),
        ("?\"?REPORT ?\"Task", Refusal::Syntax, "T", "a blank"),
        ("-ab\"cd\"", Refusal::Syntax, "\"", "a blank"),
        ("%a%é", Refusal::Syntax, "é", "a blank"),
        ("%a% %b% %c%", Refusal::CodeOnly, "%c%", "one with `|`"),
        ("x -%a(%", Refusal::Term("%a(".to_owned()), "(", "the alternatives"),
    ] {
        let error = parse(pattern, &mut Vec::new()).unwrap_err();
        assert_eq!(error.refusal, refusal, "{pattern}");
        assert_eq!(error.span.of(pattern), marked, "{pattern}");
        assert!(error.instead.unwrap().starts_with(instead), "{pattern}");
    }
}
