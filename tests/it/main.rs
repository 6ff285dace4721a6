//! The integration tests: the built `secmon`, on files and against an account over the wire.

#![expect(clippy::disallowed_methods, reason = "golden files are read and written here")]

#[cfg(test)]
mod alarm;
#[cfg(test)]
mod chain;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod lab;
#[cfg(test)]
mod missed;
#[cfg(test)]
mod pattern;
#[cfg(feature = "peer")]
#[cfg(test)]
mod peer;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod repair;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod wire;
