//! Integer operators made ready: weights packed and factors found once, outputs written into buffers that are there
//! already.

mod add;
mod convolution;
mod face;
mod fully_connected;
mod halves;
mod sums;

use super::profile::Profile;
use crate::ops::Call;
use quant_ir::Builtin;
use quant_ir::error::Result;

pub use convolution::{conv2d, depthwise};
pub use face::rescales;
pub use face::{Ready, Scratch, eval, fill};
pub use fully_connected::fully_connected;

/// Makes an operator ready whose packed inputs are given, the others absent; nothing where there is no fast form.
pub type Make = fn(&Call<'_>, Profile) -> Result<Option<Box<dyn Ready>>>;

/// How an operator is made ready, and which of its inputs are packed: those have to be constant when they are given.
pub fn prepare(builtin: Builtin, profile: Profile) -> Option<(Make, &'static [usize])> {
    // ONE's runtimes have kernels of their own.
    if profile.is_of_circle() {
        return None;
    }
    Some(match builtin {
        Builtin::ADD | Builtin::SUB if profile.is_even() => return None,
        Builtin::ADD => (add::add, &[]),
        Builtin::SUB => (add::sub, &[]),
        Builtin::CONV_2D => (conv2d, &[1, 2]),
        Builtin::DEPTHWISE_CONV_2D => (depthwise, &[1, 2]),
        Builtin::FULLY_CONNECTED => (fully_connected, &[1, 2]),
        _ => return None,
    })
}
