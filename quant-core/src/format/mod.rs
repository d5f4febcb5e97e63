//! The doors for outside bytes.
