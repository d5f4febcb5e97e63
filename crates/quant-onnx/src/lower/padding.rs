//! Windows over images: how many, and what stands around the image.

use quant_ir::{Builtin, Error, Problem, Result, TensorId};
use quant_lower::options;
use quant_schema::Padding;

use super::op::Op;

/// How windows go along one dimension.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// Elements of the image.
    pub size: usize,
    /// Elements of the window.
    pub kernel: usize,
    pub stride: usize,
    pub dilation: usize,
    /// Elements around the image.
    pub begin: usize,
    pub end: usize,
}

/// What stands around an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Around {
    Zeros,
    /// The lowest float, which no maximum sees.
    Lowest,
}

#[allow(clippy::arithmetic_side_effects, clippy::integer_division)] // sizes of tensors, checked by `windows`
impl Window {
    /// From the first element of a window to behind its last.
    pub fn reach(self) -> usize {
        (self.kernel - 1) * self.dilation + 1
    }

    /// How many windows there are; `None`: not one has room.
    pub fn count(self) -> Option<usize> {
        let free = (self.size + self.begin + self.end).checked_sub(self.reach())?;
        Some(free / self.stride + 1)
    }

    /// What SAME puts around the image in all.
    fn same_total(self) -> usize {
        let count = self.size.div_ceil(self.stride);
        (count.saturating_sub(1) * self.stride + self.reach()).saturating_sub(self.size)
    }

    pub fn is_same(self) -> bool {
        self.count() == Some(self.size.div_ceil(self.stride)) && self.begin == self.same_total() / 2
    }

    pub fn is_valid(self) -> bool {
        let without = Self { end: 0, ..self };
        self.begin == 0 && self.count() == without.count()
    }

    /// With room for the windows that are begun (`ceil_mode`); one that begins behind the image and what stands in front of
    /// it is none.
    fn rounded_up(self) -> Self {
        let whole = self.size + self.begin + self.end;
        let Some(free) = whole.checked_sub(self.reach()) else {
            return self;
        };
        let mut count = free.div_ceil(self.stride) + 1;
        if (count - 1) * self.stride >= self.size + self.begin {
            count -= 1;
        }
        let wanted = (count - 1) * self.stride + self.reach();
        Self {
            end: self.end + wanted.saturating_sub(whole),
            ..self
        }
    }
}

/// The windows of a node over an image of that size; `kernel` is its window.
pub(super) fn windows(op: &Op<'_>, sizes: &[usize], kernel: &[usize]) -> Result<Vec<Window>> {
    const LARGEST: usize = 1 << 20;
    let rank = sizes.len();
    let list = |name: &str| -> Result<Vec<usize>> {
        let values = op.list(name)?;
        if values.is_empty() {
            return Ok(vec![1; rank]);
        }
        let sound = values.iter().map(|value| {
            usize::try_from(*value)
                .ok()
                .filter(|value| (1..=LARGEST).contains(value))
        });
        let sound: Option<Vec<usize>> = sound.collect();
        let sound = sound.filter(|sound| sound.len() == rank);
        sound.ok_or_else(|| wrong(op, name, &values))
    };
    let (strides, dilations) = (list("strides")?, list("dilations")?);
    let pads = op.list("pads")?;
    let auto = op.text("auto_pad", "NOTSET")?;
    let ceil = op.int("ceil_mode", 0)? != 0;
    if kernel.len() != rank
        || kernel
            .iter()
            .chain(sizes)
            .any(|size| *size == 0 || *size > LARGEST)
    {
        let what = format!("a window of {kernel:?} over an image of {sizes:?}");
        return op.refuse(what, "export the model again");
    }
    let mut windows = Vec::new();
    let each = sizes.iter().zip(kernel).zip(strides.iter().zip(&dilations));
    for (at, ((size, kernel), (stride, dilation))) in each.enumerate() {
        let mut window = Window {
            size: *size,
            kernel: *kernel,
            stride: *stride,
            dilation: *dilation,
            begin: 0,
            end: 0,
        };
        let total = window.same_total();
        let half = total.div_euclid(2);
        match auto.as_str() {
            "NOTSET" | "" if pads.is_empty() => {}
            "NOTSET" | "" => {
                let pad = |at: usize| {
                    let pad = pads.get(at).and_then(|pad| usize::try_from(*pad).ok());
                    pad.filter(|pad| *pad <= LARGEST && pads.len() == rank.saturating_mul(2))
                };
                let (Some(begin), Some(end)) = (pad(at), pad(at.saturating_add(rank))) else {
                    return Err(wrong(op, "pads", &pads));
                };
                (window.begin, window.end) = (begin, end);
            }
            "VALID" => {}
            "SAME_UPPER" => (window.begin, window.end) = (half, total.saturating_sub(half)),
            "SAME_LOWER" => (window.begin, window.end) = (total.saturating_sub(half), half),
            other => return op.refuse(format!("auto_pad `{other}`"), "export the model again"),
        }
        let window = if ceil { window.rounded_up() } else { window };
        if window.count().is_none() {
            let what = format!("a window of {} over {} elements", window.reach(), window.size);
            return op.refuse(what, "no window has room");
        }
        windows.push(window);
    }
    Ok(windows)
}

fn wrong(op: &Op<'_>, name: &str, values: &[i64]) -> Error {
    let problem = Problem::Option(format!("`{name}` is {values:?}"));
    op.error(problem, "export the model again")
}

/// The image with channels last, with what the windows want around it, and the padding that is left to the operator.
pub(super) fn surrounded(
    op: &mut Op<'_>,
    image: TensorId,
    windows: &[Window],
    around: Around,
) -> Result<(TensorId, Padding)> {
    if windows.iter().all(|window| window.is_valid()) {
        return Ok((image, Padding::VALID));
    }
    if windows.iter().all(|window| window.is_same()) {
        return Ok((image, Padding::SAME));
    }
    let mut pairs = vec![0, 0];
    for window in windows {
        // What no window reaches is left out.
        let reached = window.count().map(|count| {
            count
                .saturating_sub(1)
                .saturating_mul(window.stride)
                .saturating_add(window.reach())
        });
        let end = reached
            .unwrap_or_default()
            .saturating_sub(window.size.saturating_add(window.begin));
        pairs.extend([window.begin, end]);
    }
    pairs.extend([0, 0]);
    let pairs: Vec<i64> = pairs
        .iter()
        .map(|pad| i64::try_from(*pad).unwrap_or(i64::MAX))
        .collect();
    Ok((padded(op, image, &pairs, around)?, Padding::VALID))
}

/// A tensor with so much before and behind each dimension.
pub(super) fn padded(op: &mut Op<'_>, id: TensorId, pairs: &[i64], around: Around) -> Result<TensorId> {
    if pairs.iter().all(|pad| *pad == 0) {
        return Ok(id);
    }
    let paddings = paddings(op, pairs)?;
    match around {
        Around::Zeros => op.step(
            "padded",
            Builtin::PAD,
            &[id, paddings],
            options!(PadOptions: PadOptionsT {}),
        ),
        Around::Lowest => {
            let value = op.scalar("lowest", f32::MIN)?;
            let options = options!(PadV2Options: PadV2OptionsT {});
            op.step("padded", Builtin::PADV2, &[id, paddings, value], options)
        }
    }
}

/// Pairs as an operator wants them.
pub(super) fn paddings(op: &mut Op<'_>, pairs: &[i64]) -> Result<TensorId> {
    let name = format!("{}/paddings", op.label);
    let rows = pairs.len().div_euclid(2);
    op.builder.ints(&name, &[rows, 2], pairs)
}
