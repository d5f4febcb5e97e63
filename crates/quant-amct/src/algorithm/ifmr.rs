//! IFMR: the range of an activation, searched for the least squared error.
//!
//! The definition takes every value once for each of some 61 ranges. Values are counted in narrow bins instead, which says of
//! each range within which bounds its error lies (`bounds.rs`). The ranges that may be the least by these are computed as the
//! definition says, so that the choice is the definition's ([`Stream`]).

mod bounds;
mod candidates;
mod ranked;
mod stream;

pub use candidates::{Found, Search, factors};
pub use stream::Stream;

use quant_ir::Result;

/// Scale and offset of the values of all `batches`, in any order. NaN and infinity are an error; no values give those of
/// zeros. On the threads of the current rayon pool; what is found does not depend on their number.
pub fn search(batches: &[&[f32]], search: &Search) -> Result<Found> {
    let mut stream = Stream::new(*search, batches.iter().map(|batch| batch.len()).sum());
    loop {
        batches.iter().try_for_each(|batch| stream.see(batch))?;
        stream.end_of_pass();
        if let Some(found) = stream.found() {
            return Ok(found.clone());
        }
    }
}
