//! Operators made ready: constants packed once, outputs written into buffers that are there already.

use super::Call;
use crate::ops::support::activation;
use quant_ir::error::{Place, Result};
use quant_ir::value::{Data, Value};
use quant_kernel::{Clamp, Range, Window};

/// An operator of one float output whose constant inputs were packed. Threads share it.
pub trait Ready: Send + Sync {
    /// The shape of the output, from the inputs that are not packed.
    ///
    /// # Errors
    /// Inputs that do not fit.
    fn shape(&self, call: &Call<'_>) -> Result<Vec<usize>>;

    /// Fills `out`, which has as many elements as [`Ready::shape`] says, on up to `threads` threads. Tells the range
    /// of what it wrote when it knows it; lowest floats are not left out of it yet.
    ///
    /// # Errors
    /// Inputs that do not fit.
    fn run(&self, call: &Call<'_>, threads: usize, out: &mut [f32]) -> Result<Option<Range>>;

    /// Whether each row of the first input makes a row of the output by itself, however many there are, so that the rows of several
    /// records may be one input.
    fn by_rows(&self) -> bool {
        false
    }

    /// How the operator makes rows of one image by themselves, as [`Ready::run`] makes them in the whole; nothing when it
    /// cannot. Of the image, the call has the shape alone.
    ///
    /// # Errors
    /// Inputs that do not fit.
    fn rows<'r>(&'r self, _: &Call<'_>) -> Result<Option<Rows<'r>>> {
        Ok(None)
    }
}

/// An operator that makes rows of an image.
pub struct Rows<'r> {
    /// The window over the rows of the whole image.
    pub window: Window,
    /// Fills rows of the output from the rows of the input under them, given the window over those alone, and tells the range
    /// of what it wrote.
    pub run: Box<MakeRows<'r>>,
}

/// Makes rows: see [`Rows::run`].
pub type MakeRows<'r> = dyn Fn(Window, &[f32], &mut [f32]) -> Range + 'r;

/// Packs the inputs that [`Prepare::packed`] names.
#[derive(Clone, Copy)]
pub struct Prepare {
    /// Inputs that must be there, and constant when given, for the operator to be made ready; the others are
    /// absent from the call.
    pub packed: &'static [usize],
    /// Makes the operator ready.
    pub make: fn(&Call<'_>) -> Result<Box<dyn Ready>>,
}

/// An operator as another profile of floats computes it.
#[derive(Clone, Copy)]
pub struct Other {
    /// How it is made ready, when it can be.
    pub prepare: Option<Prepare>,
    /// As [`OpDef::eval`](super::OpDef::eval).
    pub eval: fn(&Call<'_>) -> Result<Vec<Value>>,
}

/// An operator that packs nothing.
pub(super) struct Plain {
    /// As [`OpDef::shape`](super::OpDef::shape).
    pub shape: fn(&Call<'_>) -> Result<Vec<Vec<usize>>>,
    /// As [`Ready::run`].
    pub run: fn(&Call<'_>, usize, &mut [f32]) -> Result<Option<Range>>,
}

impl Ready for Plain {
    fn shape(&self, call: &Call<'_>) -> Result<Vec<usize>> {
        Ok((self.shape)(call)?.swap_remove(0))
    }

    fn run(&self, call: &Call<'_>, threads: usize, out: &mut [f32]) -> Result<Option<Range>> {
        (self.run)(call, threads, out)
    }
}

/// Runs an operator that was not made ready, because what it would pack is no constant.
pub(super) fn eval(call: &Call<'_>, prepare: fn(&Call<'_>) -> Result<Box<dyn Ready>>) -> Result<Vec<Value>> {
    let ready = prepare(call)?;
    let shape = ready.shape(call)?;
    let mut out = vec![0.0; shape.iter().product()];
    ready.run(call, 1, &mut out)?;
    Ok(vec![Value {
        shape,
        data: Data::F32(out.into()),
    }])
}

/// A fused activation, split into what kernels clamp and what comes after them.
#[derive(Clone, Copy)]
pub(super) struct Fused {
    pub clamp: Clamp,
    /// What kernels do not clamp.
    pub after: Option<quant_schema::ActivationFunctionType>,
}

impl Fused {
    /// # Errors
    /// The function has no kernel.
    pub fn new(function: quant_schema::ActivationFunctionType, place: &Place) -> Result<Self> {
        if let Some((low, high)) = activation::range(function) {
            let clamp = Clamp { low, high };
            return Ok(Self { clamp, after: None });
        }
        activation::apply(function, &mut [], place)?;
        Ok(Self {
            clamp: Clamp::NONE,
            after: Some(function),
        })
    }

    /// Applies what no kernel clamps; the range that the kernel told is that of the result, or gone.
    pub fn finish(self, call: &Call<'_>, out: &mut [f32], range: Range) -> Result<Option<Range>> {
        let Some(function) = self.after else {
            return Ok(Some(range));
        };
        activation::apply(function, out, &call.place())?;
        Ok(None)
    }
}
