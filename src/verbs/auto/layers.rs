//! The fewest operators that stay float or become int16: the orders in which they do, and how many of an order it takes.

use quant_core::Quantized;
use quant_core::record::Records;
use quant_core::sensitivity::{self, Measures, Options};

use crate::failure::Result;

/// Records that layers are judged by.
const RECORDS: usize = 32;

/// Names of operators, and what their order is called.
pub type Order = (&'static str, Vec<String>);

/// The orders in which operators get a type of their own: those first that win most (for the bytes that they cost, where bytes count),
/// from the front, and from the back, as mixed precision is searched for.
pub fn orders(
    made: &Quantized,
    records: &dyn Records,
    bytes_count: bool,
    threads: usize,
) -> quant_core::Result<Vec<Order>> {
    let options = Options {
        records: RECORDS,
        measures: Measures::RESTORED,
        threads,
    };
    let found = sensitivity::run(made.source(), made.model(), records, &options, &|_| ())?;
    let layers = found.layers.iter().filter(|layer| layer.operator.is_some());
    let key = |layer: &sensitivity::Layer| {
        let gain = found.gain(layer).unwrap_or(0.0);
        // What float costs: three bytes more for each weight; an operator without any costs little, but not nothing.
        if bytes_count {
            gain / (3 * layer.elements + 64) as f64
        } else {
            gain
        }
    };
    let front: Vec<(f64, String)> = layers.map(|layer| (key(layer), layer.name.clone())).collect();
    let mut gain = front.clone();
    gain.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let names = |all: &[(f64, String)]| all.iter().map(|(_, name)| name.clone()).collect::<Vec<_>>();
    let mut back = names(&front);
    back.reverse();
    Ok(vec![
        ("by gain", names(&gain)),
        ("from the front", names(&front)),
        ("from the back", back),
    ])
}

/// How many of an order are enough, at most `most`; `None` when as many are not. It doubles the number, and then halves the
/// room between.
///
/// # Errors
/// Those of `enough`.
pub fn fewest(
    order: &[String],
    most: usize,
    enough: &mut dyn FnMut(&[String]) -> Result<bool>,
) -> Result<Option<usize>> {
    let most = most.min(order.len());
    let (mut below, mut count) = (0, 1.min(most));
    if count == 0 {
        return Ok(None);
    }
    while !enough(&order[..count])? {
        if count == most {
            return Ok(None);
        }
        below = count;
        count = (2 * count).min(most);
    }
    while below + 1 < count {
        let middle = usize::midpoint(below, count);
        if enough(&order[..middle])? {
            count = middle;
        } else {
            below = middle;
        }
    }
    Ok(Some(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_are_found_and_nothing_is_asked_twice() {
        let order: Vec<String> = (0..23).map(|at| at.to_string()).collect();
        for wanted in 1..=30 {
            for most in 0..=25 {
                let mut asked = Vec::new();
                let found = fewest(&order, most, &mut |some| {
                    asked.push(some.len());
                    Ok(some.len() >= wanted)
                });
                let reachable = wanted <= most.min(23);
                assert_eq!(found.unwrap(), reachable.then_some(wanted), "{wanted} {most}");
                let count = asked.len();
                asked.sort_unstable();
                asked.dedup();
                assert!(asked.len() == count && count <= 10, "{asked:?}");
            }
        }
    }
}
