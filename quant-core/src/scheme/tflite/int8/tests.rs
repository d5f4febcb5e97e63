//! Small graphs, each with one thing that matters.

mod constants;
mod interface;
mod islands;
mod net;
mod refused;
mod spreading;
mod states;
mod versions;

use net::Net;

use super::Options;

/// What the original does, defects included.
fn compat() -> Options {
    Options {
        compat: true,
        ..Options::default()
    }
}

/// 255 steps of 1 from −128 on.
const BYTES: (f32, f32) = (-128.0, 127.0);
