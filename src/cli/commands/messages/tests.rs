use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;

fn source(bytes: impl Into<Vec<u8>>) -> Source {
    Source::new("a.log".to_owned(), Box::new(Cursor::new(bytes.into()))).unwrap()
}

fn read(bytes: impl Into<Vec<u8>>) -> anyhow::Result<(Vec<String>, Seen)> {
    let mut messages = Vec::new();
    let seen = source(bytes).each(&mut |number, text| {
        messages.push(text.to_owned());
        assert_eq!(number, messages.len() as u64);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok((messages, seen))
}

fn messages(bytes: impl Into<Vec<u8>>) -> Vec<String> {
    read(bytes).unwrap().0
}

fn refused(bytes: impl Into<Vec<u8>>) -> String {
    format!("{:#}", read(bytes).unwrap_err())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn each_line_is_a_message_as_it_is() {
    assert_eq!(messages(" a \n\n{\"b\": 1}\r\nlast"), [" a ", "", "{\"b\": 1}", "last"]);
    assert_eq!(messages("a\n"), ["a"]);
    assert!(messages("").is_empty());
    assert_eq!(messages("{"), ["{"]);
    assert_eq!(messages("{\"Records\""), ["{\"Records\""]);
    assert_eq!(messages("{\"Records\": 1}"), ["{\"Records\": 1}"]);
}

#[test]
fn a_cloudtrail_file_is_its_events_as_they_stand_in_it() {
    let events = [r#"{"b":1.50,"a":"\u00e9 [{\"\\"}"#, r#"{"x":{"y":[1,{}]},"x":null}"#];
    let compact = format!(r#"{{"Records":[{},{}]}}"#, events[0], events[1]);
    assert_eq!(messages(compact.as_str()), events);
    assert_eq!(messages(format!("{compact}\n\n")), events);
    let pretty =
        "{\n  \"Records\" : [\n    {\n      \"a b\": [ 1,\t2 ]\n    }\n  ],\n  \"n\": 3 }\n";
    assert_eq!(messages(pretty), [r#"{"a b":[1,2]}"#]);
    assert!(messages(r#"{"Records":[]}"#).is_empty());
}

#[test]
fn gzip_is_known_by_its_first_bytes() {
    let file = r#"{"Records":[{"a":1},{"a":2}]}"#;
    assert_eq!(messages(gzip(file.as_bytes())), [r#"{"a":1}"#, r#"{"a":2}"#]);
    let two_members = [gzip(b"one\ntw"), gzip(b"o\n")].concat();
    assert_eq!(messages(two_members), ["one", "two"]);
    assert_eq!(messages([0x1f]).len(), 1);
}

#[test]
fn lines_that_are_whole_files_stay_lines_and_are_told() {
    let file = r#"{"Records":[{"a":1}]}"#;
    let (lines, seen) = read(format!("{file}\n{file}\nother\n")).unwrap();
    assert_eq!(lines, [file, file, "other"]);
    assert_eq!(seen.whole_files, Some((1, 2)));
    let (lines, seen) = read(format!("other\n{file}")).unwrap();
    assert_eq!((lines.len(), seen.whole_files), (2, Some((2, 1))));
    assert_eq!(read(file).unwrap().1, Seen::default());
}

#[test]
fn what_is_broken_says_where() {
    let ends = "the CloudTrail file ends before its events do";
    assert_eq!(refused("{\"Records\":[\n{\"a\":1},\n{\"b\""), format!("a.log, line 3: {ends}"));
    assert_eq!(refused("{\"Records\":[{}"), format!("a.log, line 1: {ends}"));
    assert_eq!(refused("{\"Records\":[{}]"), format!("a.log, line 1: {ends}"));
    let wrong = refused("{\"Records\":[{} {}]}");
    assert_eq!(wrong, "a.log, line 1: a CloudTrail file has `,` or `]` after an event here");
    let wrong = refused("{\"Records\":[1]}");
    assert_eq!(wrong, "a.log, line 1: a CloudTrail file has an event, `{` here");
    let wrong = refused("{\"Records\":[{},\n{\"a\":}]}");
    assert!(wrong.starts_with("a.log, line 2, event 2 is not JSON: "), "{wrong}");
    assert_eq!(refused(b"a\n\xff\n"), "a.log, line 2 is not UTF-8 text");
}

#[test]
fn compressed_data_that_break_off_anywhere_are_no_end() {
    let whole = gzip("one\ntwo\nthree\n".repeat(50).as_bytes());
    for length in 2..whole.len() {
        let why = refused(&whole[..length]);
        assert!(why.contains("the compressed data end too early"), "{length}: {why}");
    }
    let mut wrong = whole;
    let middle = wrong.len() / 2;
    wrong[middle] ^= 0xff;
    assert!(refused(wrong).starts_with("cannot read a.log"));
}

#[test]
fn a_message_without_an_end_is_refused_before_it_fills_the_memory() {
    struct Forever(&'static [u8], u64);
    impl Read for Forever {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let read = self.0.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            buffer.fill(b' ' + 1);
            self.1 += buffer.len() as u64;
            assert!(self.1 < 4 * HELD as u64, "{} bytes were read", self.1);
            Ok(buffer.len())
        }
    }
    let endless = |start| {
        let source = Source::new("a.log".to_owned(), Box::new(Forever(start, 0))).unwrap();
        let read = source.each(&mut |_, _| Ok(ControlFlow::Continue(())));
        format!("{:#}", read.unwrap_err())
    };
    assert_eq!(endless(b"one\n"), "a.log, line 2 is longer than 16 MiB");
    assert_eq!(endless(b"{\"Records\":[{\"a"), "a.log, line 1: an event is longer than 16 MiB");
}

#[test]
fn one_message_can_be_picked() {
    assert_eq!(source("a\nb\nc").numbered(2).unwrap(), "b");
    let why = source("a\nb").numbered(3).unwrap_err();
    assert_eq!(why.to_string(), "a.log holds 2 messages: there is no 3");
    assert_eq!(source(r#"{"Records":[{"a":1},{"a":2}]}"#).numbered(2).unwrap(), r#"{"a":2}"#);
}

#[test]
fn a_message_may_have_several_lines() {
    assert_eq!(source("{\n \"a\": 1\n}\r\n").only().unwrap(), "{\n \"a\": 1\n}");
    assert_eq!(source(r#"{"Records":[{"a":1}]}"#).only().unwrap(), r#"{"a":1}"#);
    let why = source(r#"{"Records":[{"a":1},{}]}"#).only().unwrap_err();
    assert_eq!(why.to_string(), "a.log holds 2 events: pick one with --line NUMBER");
}

#[test]
fn where_a_read_ends_makes_no_difference() {
    struct Bit<'a>(&'a [u8]);
    impl Read for Bit<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(&mut buffer[..1])
        }
    }
    let event = r#"{"a\\":"x\"}]\\","b":[1,{"c":" \u0041 "}],"d":{}}"#;
    let file: &str = Box::leak(format!("{{ \"Records\":\n [ {event} , {event}] }}\n").into());
    let source = Source::new("a.log".to_owned(), Box::new(Bit(file.as_bytes()))).unwrap();
    let mut events = Vec::new();
    let looked = source.each(&mut |_, text| {
        events.push(text.to_owned());
        Ok(ControlFlow::Continue(()))
    });
    looked.unwrap();
    assert_eq!(events, [event, event]);
}
