//! weights_only
