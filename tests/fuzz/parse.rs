//! No text makes the reader of filter patterns panic; what it takes is the same pattern in its
//! canonical form, and what it refuses is marked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use secmon_core::pattern::FilterPattern;

fuzz_target!(|text: &str| {
    match FilterPattern::parse(text) {
        Ok(pattern) => {
            let canonical = pattern.to_string();
            match FilterPattern::parse(&canonical) {
                Ok(again) => {
                    assert_eq!(again.pattern(), pattern.pattern(), "{text:?} as {canonical:?}");
                    assert_eq!(again.to_string(), canonical);
                }
                // What is just short enough may be too long in its canonical form.
                Err(_) => assert!(canonical.chars().count() > 1024, "{text:?} as {canonical:?}"),
            }
        }
        Err(error) => {
            assert!(!error.message.is_empty());
            assert!(text.get(error.span.start..error.span.end).is_some(), "{text:?}: {error:?}");
            assert!(error.render(text).contains('^'));
        }
    }
});
