//! Pairs whose relation is known.
