//! ADD and SUB of 8-bit integers of one shape.

use super::face::{Ready, Room, Scratch, elements, factor, output};
use crate::ops::Call;
use crate::ops::integer::add as plain;
use crate::ops::integer::operands;
use crate::ops::integer::profile::Profile;
use crate::ops::support::{broadcast, options};
use quant_ir::DType;
use quant_ir::error::Result;
use quant_ir::value::Data;
use quant_kernel::integer::{Add, Factor, Machine, Scaling};
use quant_numeric::fixed::Multiplier;
use quant_schema::ActivationFunctionType as Activation;

struct Sum {
    add: Add,
    machine: Machine,
    profile: Profile,
}

/// ADD.
///
/// # Errors
/// Operands that do not fit.
pub fn add(call: &Call<'_>, profile: Profile) -> Result<Option<Box<dyn Ready>>> {
    let options = options::read!(call, AddOptions);
    made(call, profile, false, options.fused_activation_function)
}

/// SUB.
///
/// # Errors
/// Operands that do not fit.
pub fn sub(call: &Call<'_>, profile: Profile) -> Result<Option<Box<dyn Ready>>> {
    let options = options::read!(call, SubOptions);
    made(call, profile, true, options.fused_activation_function)
}

fn made(
    call: &Call<'_>,
    profile: Profile,
    minus: bool,
    activation: Activation,
) -> Result<Option<Box<dyn Ready>>> {
    let (a, b) = (operands::input(call, 0)?, operands::input(call, 1)?);
    let y = operands::output(call, 0)?;
    let short = |side: &operands::Side| matches!(side.dtype, DType::Int8 | DType::Uint8);
    if ![a, b, y].iter().all(short) {
        return Ok(None);
    }
    let [by_a, by_b, by] = plain::factors(plain::SHIFT, [a, b, y]);
    // The plain kernel says what has none.
    if by.exponent > 0 {
        return Ok(None);
    }
    let mut vectors = None;
    if profile == Profile::Litert && !minus {
        vectors = in_vectors(y.dtype, [by_a, by_b]);
        if vectors.is_none() {
            return Ok(None);
        }
    }
    Ok(Some(Box::new(Sum {
        add: Add {
            minus,
            zeros: [a.zero, b.zero],
            scaling: Scaling {
                left: plain::SHIFT as i32,
                factors: [factor(by_a), factor(by_b)],
                cuts: false,
            },
            by: factor(by),
            output: output(y, y.activation(call, activation)?),
            vectors,
        },
        machine: Machine::best(),
        profile,
    })))
}

/// How LiteRT's own ADD scales the inputs in its vectors ([`add_vectors`](crate::ops::integer::add_vectors)), and how many
/// elements one has; nothing where integers are shifted to the right before they are multiplied.
fn in_vectors(dtype: DType, by: [Multiplier; 2]) -> Option<(usize, Scaling)> {
    let spare = plain::SHIFT as i32;
    if dtype == DType::Uint8 {
        let (left, factors, cuts) = (spare, by.map(factor), true);
        return Some((8, Scaling { left, factors, cuts }));
    }
    let once = |by: Multiplier| {
        let exponent = (spare + by.exponent).min(spare);
        Factor {
            exponent,
            ..factor(by)
        }
    };
    let (left, factors, cuts) = (0, by.map(once), false);
    let fits = factors.iter().all(|by| by.exponent >= 0);
    fits.then_some((16, Scaling { left, factors, cuts }))
}

impl Ready for Sum {
    fn shape(&self, call: &Call<'_>) -> Result<Vec<usize>> {
        broadcast::shape(&call.input(0)?.shape, &call.input(1)?.shape, &call.place())
    }

    fn run(&self, call: &Call<'_>, _: &mut Scratch, out: Room<'_>) -> Result<()> {
        let out = out.bytes(call)?;
        if call.input(0)?.shape == call.input(1)?.shape {
            let both = [elements(call, 0)?, elements(call, 1)?];
            self.add.run(self.machine, both, out);
            return Ok(());
        }
        let plain = if self.add.minus { plain::sub } else { plain::add };
        for value in plain(call, self.profile)? {
            match value.data {
                Data::I8(made) => out.copy_from_slice(&made),
                Data::U8(made) => out.iter_mut().zip(made).for_each(|(to, q)| *to = q as i8),
                _ => {}
            }
        }
        Ok(())
    }
}
