//! Ranges of activations, from values that are kept or that stream.

use quant_ir::Result;

use super::activations::{Range, Runs, Wanted};
use super::streamed;
use crate::algorithm::histogram::Histogram;
use crate::algorithm::ifmr;
use crate::config::Algorithm;

/// The ranges of all that are wanted, in their order.
///
/// # Errors
/// A graph that does not run, activations that are not finite.
pub(super) fn ranges(runs: &Runs<'_>, wanted: &[Wanted]) -> Result<Vec<Range>> {
    let mut tensors: Vec<String> = Vec::new();
    for wanted in wanted {
        if !tensors.contains(&wanted.tensor) {
            tensors.push(wanted.tensor.clone());
        }
    }
    let before = runs.batch_num.saturating_sub(1);
    if before > 0 && runs.groups(&tensors, before)?.len() > 1 {
        return streamed::ranges(runs, &tensors, wanted);
    }
    let mut found: Vec<Option<Range>> = vec![None; wanted.len()];
    let mut kept = vec![Vec::new(); tensors.len()];
    runs.watch(&tensors, &mut |batch, number, values| {
        if batch < before {
            kept[number].push(values.to_vec());
            return Ok(());
        }
        let kept = std::mem::take(&mut kept[number]);
        let mut batches: Vec<&[f32]> = kept.iter().map(Vec::as_slice).collect();
        batches.push(values);
        of_tensor(&tensors[number], &batches, wanted, &mut found)
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// Finds what is wanted of a tensor.
fn of_tensor(tensor: &str, batches: &[&[f32]], wanted: &[Wanted], found: &mut [Option<Range>]) -> Result<()> {
    for (number, this) in wanted.iter().enumerate() {
        if this.tensor != tensor {
            continue;
        }
        // Layers that share an input share its range.
        let twin = wanted[..number].iter().position(|other| other == this);
        found[number] = match twin.and_then(|twin| found[twin].clone()) {
            Some(range) => Some(range),
            None => Some(range(this, batches).map_err(|error| error.within(format!("tensor `{tensor}`")))?),
        };
    }
    Ok(())
}

fn range(wanted: &Wanted, batches: &[&[f32]]) -> Result<Range> {
    match &wanted.algorithm {
        Algorithm::Hfmg { num_of_bins } => {
            let mut batches = batches.iter();
            let mut histogram =
                Histogram::of(batches.next().map_or(&[], |first| first), *num_of_bins as usize)?;
            batches.try_for_each(|batch| histogram.add(batch))?;
            Ok(Range::of_histogram(&histogram, wanted.asymmetric))
        }
        Algorithm::Ifmr { .. } => Ok(Range::of_search(&ifmr::search(batches, &wanted.search())?)),
    }
}
