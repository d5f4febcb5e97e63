//! What an operator is, by the tables.

use super::net::{Net, View};
use super::tables::{FILTERED, FIXED, SAME};

/// The result of an operator of fixed range.
pub fn fixed(net: &Net<'_>, at: usize) -> Option<View> {
    let row = FIXED.iter().find(|(kind, ..)| net.is(at, &[kind]))?;
    Some(View::activation("int8", 1.0 / row.1, row.2))
}

/// Input, filter, bias and the dimension of channels of an operator that has a filter.
pub fn filtered(net: &Net<'_>, at: usize) -> Option<(usize, usize, usize, usize)> {
    let row = FILTERED.iter().find(|(kind, ..)| net.is(at, &[kind]))?;
    Some((row.1, row.2, row.3, row.4))
}

/// Whether inputs and results have one scale.
pub fn is_same(net: &Net<'_>, at: usize, compat: bool) -> bool {
    net.is(at, SAME) || (!compat && net.is(at, &["REVERSE_V2"]))
}
