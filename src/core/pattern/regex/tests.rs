use super::*;

fn scan(text: &str) -> Result<(Regex, Vec<Doubt>), PatternError> {
    let mut doubts = Vec::new();
    let (regex, span) = Regex::scan(text, 0, &mut doubts)?;
    assert_eq!((span.start, span.end), (0, text.len()));
    assert_eq!(regex.to_string(), text);
    Ok((regex, doubts.into_iter().map(|doubtful| doubtful.doubt).collect()))
}

fn matches(pattern: &str, text: &str) -> Result<bool, Doubt> {
    let (regex, doubts) = scan(pattern).unwrap();
    assert_eq!(doubts, [], "{pattern}");
    regex.matches(text)
}

#[test]
fn finds_what_it_says() {
    for (pattern, yes, no) in [
        (
            r"%^ERROR\s[0-9]{3}$%",
            &["ERROR 500", "ERROR\n500"][..],
            &["xERROR 500", "ERROR 5000"][..],
        ),
        ("%^colou?r$%", &["color", "colour"], &["colouur"]),
        ("%^a*b$%", &["aaab", "b"], &["abab"]),
        (r"%10\.10\.0\.1%", &["10.10.0.1", "x10.10.0.1y"], &["10010,051"]),
        ("%gra|ey%", &["gray", "grey"], &["grxy"]),
        ("%^a|b|^c%", &["ab", "xb", "c"], &["xa", "xc"]),
        (r"%\x21%", &["hello!"], &["hello("]),
        (r"%\x28[\x2a-\x2c]\x7e%", &["(+~"], &["(-~"]),
        (r"%\[.\]%", &["[a]", "[]]"], &["[]", "[ab]"]),
        (r"%[]a^-]{2}%", &["]-", "^a"], &["b]b"]),
        (r"%^[^]a-c]$%", &["d", "-"], &["]", "b"]),
        (r"%[\d\]x]y%", &["1y", "]y", "xy"], &["\\y", "dy"]),
        (r"%^\w\W\d\D\s\S$%", &["a-1x\ty", "_ 0 \x0b_"], &["--1x\ty", "a-1x y "]),
        ("%a+?b%", &["aab"], &["b"]),
        ("%a}]%", &["a}]"], &["a}"]),
        ("%Memory cgroup out%", &["a Memory cgroup out b"], &["Memorycgroupout"]),
        ("%$.%", &[], &["", "$.", "a"]),
        ("%a||b%", &["", "z"], &[]),
    ] {
        for text in yes {
            assert_eq!(matches(pattern, text), Ok(true), "{pattern} {text:?}");
        }
        for text in no {
            assert_eq!(matches(pattern, text), Ok(false), "{pattern} {text:?}");
        }
    }
}

#[test]
fn the_translation_is_the_same_language() {
    let (regex, _) = scan(r"%^[^a-c\d]\w*\x28.{2,3}%").unwrap();
    assert_eq!(regex.translated(), r"^[^a-c0-9][0-9A-Z_a-z]*\x{28}[^\n]{2,3}");
}

#[test]
fn beyond_ascii_it_is_sure_where_every_reading_agrees() {
    assert_eq!(matches("%ERROR [0-9]+%", "café ERROR 500"), Ok(true));
    assert_eq!(matches("%[a-z]{5}%", "café"), Ok(false));
    assert_eq!(matches("%ERROR.*500%", "ERROR café 500"), Ok(true));
    assert_eq!(matches("%[^b]+x%", "éx"), Ok(true));
    assert_eq!(matches("%^caf.$%", "café"), Err(Doubt::RegexOnNonAscii));
    assert_eq!(matches("%^.{2}$%", "😀"), Err(Doubt::RegexOnNonAscii));
    assert_eq!(matches(r"%^\w+$%", "café"), Err(Doubt::RegexOnNonAscii));
    assert_eq!(matches(r"%f\W+$%", "café"), Err(Doubt::RegexOnNonAscii));
    assert_eq!(matches(r"%\d{3}%", "café 500"), Ok(true));
}

#[test]
fn line_ends_it_is_sure_where_every_reading_agrees() {
    assert_eq!(matches("%ok$%", "ok\n"), Err(Doubt::RegexLineEnd));
    assert_eq!(matches("%ok$%", "ok\nno\n"), Err(Doubt::RegexLineEnd));
    assert_eq!(matches("%^no%", "ok\nno"), Err(Doubt::RegexLineEnd));
    assert_eq!(matches("%a.b%", "a\rb"), Err(Doubt::RegexLineEnd));
    assert_eq!(matches("%a.b%", "a\u{2028}b"), Err(Doubt::RegexLineEnd));
    assert_eq!(matches("%a.b%", "a\nb"), Err(Doubt::RegexLineEnd));
    assert_eq!(matches("%a.b%", "a\n\nb"), Ok(false));
    assert_eq!(matches("%a.b%", "axb\r\n"), Ok(true));
    assert_eq!(matches(r"%a[^x]b%", "a\nb"), Ok(true));
}

#[test]
fn what_engines_read_differently_is_doubtful() {
    for (pattern, doubt) in [
        ("%a{2,}%", Doubt::OpenRepetition),
        ("%a{,3}%", Doubt::OpenRepetition),
        ("%a{2}{3}%", Doubt::RegexSyntax),
        ("%a++%", Doubt::RegexSyntax),
        ("%a{b}%", Doubt::RegexSyntax),
        ("%a{,}%", Doubt::RegexSyntax),
        ("%a{2, 3}%", Doubt::RegexSyntax),
        ("%^*a%", Doubt::RegexSyntax),
        (r"%\bERROR%", Doubt::RegexSyntax),
        (r"%a\tb%", Doubt::RegexSyntax),
        ("%[[a]%", Doubt::RegexSyntax),
        (r"%[a-\d]%", Doubt::RegexSyntax),
        (r"%[\d-x]%", Doubt::RegexSyntax),
        (r"%\xe9%", Doubt::RegexOnNonAscii),
        ("%a{4294967296}%", Doubt::RegexSize),
        ("%[a-z]{1000}x{1000}y%", Doubt::RegexSize),
    ] {
        let (_, doubts) = scan(pattern).unwrap();
        assert_eq!(doubts, [doubt], "{pattern}");
    }
    let (regex, doubts) = scan("%[a-z]{1000}{1000}%").unwrap();
    assert_eq!(doubts, [Doubt::RegexSyntax]);
    assert_eq!(regex.matches(&"a".repeat(1000)), Ok(true));
    assert_eq!(matches("%^.{1998}$%", &"é".repeat(999)), Err(Doubt::RegexOnNonAscii));
    let hostile = format!("%{}%", ".{999}".repeat(170));
    assert_eq!(scan(&hostile).unwrap().1, [Doubt::RegexSize]);
}

#[test]
fn refusals() {
    let term = |text: &str| Refusal::Term(text.to_owned());
    for (pattern, refusal, marked) in [
        ("%hello!%", term("%hello!"), "!"),
        ("%café%", term("%café"), "é"),
        ("%ERROR(?= 500)%", term("%ERROR("), "("),
        ("%(ab)+%", term("%("), "("),
        (r"%\(ab\)+%", term(r"%\("), "("),
        ("%a\tb%", term("%a\t"), "\t"),
        ("%%", Refusal::Unrecorded, "%%"),
        ("%abc", Refusal::Unrecorded, "%abc"),
        (r"%50\%%", Refusal::Unrecorded, r"\%"),
        (r"%\p%", Refusal::Regex, r"\p"),
        (r"%a\1%", Refusal::Regex, r"\1"),
        (r"%\x2%", Refusal::Regex, r"\x"),
        ("%[invalid%", Refusal::Regex, "[invalid"),
        ("%[]%", Refusal::Regex, "[]"),
        ("%x[z-a]%", Refusal::Regex, "z-a"),
        ("%*a%", Refusal::Regex, "*"),
        ("%a|+%", Refusal::Regex, "+"),
        ("%a**%", Refusal::Regex, "*"),
        ("%a{3,2}%", Refusal::Regex, "{3,2}"),
    ] {
        let text = format!("{{ $.é = {pattern}");
        let start = text.len() - pattern.len();
        let error = Regex::scan(&text, start, &mut Vec::new()).unwrap_err();
        assert_eq!(error.refusal, refusal, "{pattern}");
        assert_eq!(error.span.of(&text), marked, "{pattern}");
        assert!(error.message.ends_with('.'), "{}", error.message);
    }
}

#[test]
fn a_lone_backslash_cannot_end_it() {
    // `\%` is told as such; a regular expression never ends in a lone backslash.
    assert_eq!(scan(r"%a\\%").map(|(regex, _)| regex.matches(r"a\")), Ok(Ok(true)));
}
