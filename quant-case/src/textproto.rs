//! textproto
