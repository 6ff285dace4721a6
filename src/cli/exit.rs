//! The exit codes, one constant each. CI gates on them; they do not change.

use std::process::ExitCode;

use secmon_core::report::Verdict;

/// YES: a human is told.
pub(crate) const YES: u8 = 0;
/// NO: nobody is told.
pub(crate) const NO: u8 = 1;
/// The program could not do its job: usage, configuration, credentials, files.
pub(crate) const ERROR: u8 = 2;
/// CANNOT TELL: nothing seen is broken, something that matters could not be seen.
pub(crate) const CANNOT_TELL: u8 = 3;

/// The exit code of a verdict, as a number.
pub(crate) fn code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Yes => YES,
        Verdict::No => NO,
        Verdict::CannotTell => CANNOT_TELL,
    }
}

/// The exit code of a verdict.
pub(crate) fn of(verdict: Verdict) -> ExitCode {
    ExitCode::from(code(verdict))
}
