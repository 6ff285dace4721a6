//! The integration tests: the built program, end to end.

#![expect(clippy::disallowed_methods, reason = "tests read files and the environment")]

mod stories;
mod tidy;
