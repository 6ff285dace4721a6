//! What filter patterns have to do: the answers that AWS gave and documents, real events, and the
//! agreement of two evaluators on made-up ones.

mod answers;
mod events;
mod generate;
mod naive;
mod properties;
mod refusals;
mod tables;
