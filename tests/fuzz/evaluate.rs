//! No message makes a pattern panic; a matcher says the same of it twice, and so does the canonical
//! form of the pattern. The input is the pattern, a NUL, and the message.
#![no_main]

use libfuzzer_sys::fuzz_target;
use secmon_core::pattern::{FilterPattern, Match};

fuzz_target!(|input: &str| {
    let Some((text, message)) = input.split_once('\0') else {
        return;
    };
    let Ok(pattern) = FilterPattern::parse(text) else {
        return;
    };
    let mut matcher = pattern.matcher();
    let answer = matcher.test(message);
    matcher.test("{\"a\":[{\"b\":null}]}");
    assert_eq!(matcher.test(message), answer, "{text:?} on {message:?}");
    let _ = pattern.extracted(message);
    if let Ok(again) = FilterPattern::parse(&pattern.to_string()) {
        // A doubt about how something is written may be gone; no other may come.
        if !matches!(answer, Match::Uncertain(_)) {
            assert_eq!(again.test(message), answer, "{text:?} as {again} on {message:?}");
        }
    }
});
