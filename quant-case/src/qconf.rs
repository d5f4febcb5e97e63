//! qconf
