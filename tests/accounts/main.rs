//! Whether the doctor is right, against what arrives in the inboxes of simulated accounts.

#![expect(clippy::disallowed_methods, reason = "the matrix is read and written here")]

#[cfg(test)]
mod denied;
#[cfg(test)]
mod healthy;
#[cfg(test)]
mod judge;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod pairs;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod random;
