//! The edge: AWS's wire protocols on loopback, control, faults.
