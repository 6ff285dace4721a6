//! stub
pub mod policy;
pub mod selector;
