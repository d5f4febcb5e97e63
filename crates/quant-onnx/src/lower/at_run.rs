//! The arithmetic of what is quantized when a model runs, in floats that hold the integers.

use quant_ir::{Builtin, DType, Options, Result, TensorId};
use quant_lower::{Stored, options};

use super::dequantized;
use super::dynamic::Made;
use super::op::Op;
use super::state::{GraphLowering, Part, refuse};
use crate::node::Node;

impl GraphLowering {
    /// Integers, scale and zero point: `s = (max − min) / 255` with 0 between them, `z = rne(0 − min / s)`, `q = rne(x / s) + z`,
    /// from 0 to 255.
    pub fn quantize_at_run(&mut self, node: &Node, inputs: &[Option<Stored>]) -> Result<Vec<Stored>> {
        let dynamic = self.dynamic;
        let parts = if dynamic {
            [Some(Part::Integers), None, Some(Part::Integers)]
        } else {
            [Some(Part::Real), Some(Part::Scale), Some(Part::Real)]
        };
        for (name, part) in node.outputs().into_iter().zip(parts) {
            if let Some(part) = part {
                self.parts.insert(name.to_owned(), part);
            }
        }
        let op = &mut Op::new(node, 1, inputs.to_vec(), &mut self.builder);
        let x = op.stored(0)?;
        let plain = |id| Stored {
            id,
            channels_last: false,
        };
        if !dynamic {
            let (scale, zero) = (op.scalar("scale", 1.0)?, op.scalar("zero_point", 0.0)?);
            return Ok(vec![x, plain(scale), plain(zero)]);
        }
        let axes: Vec<usize> = (0..op.builder.shape(x.id).len()).collect();
        let axes = op.sizes("axes", &axes)?;
        let reducer = || options!(ReducerOptions: ReducerOptionsT { keep_dims: false });
        let (none, end) = (op.scalar("zero", 0.0)?, op.scalar("end", 255.0)?);
        let least = op.step("least", Builtin::REDUCE_MIN, &[x.id, axes], reducer())?;
        let least = op.step("low", Builtin::MINIMUM, &[least, none], Options::default())?;
        let most = op.step("most", Builtin::REDUCE_MAX, &[x.id, axes], reducer())?;
        let most = op.step("high", Builtin::MAXIMUM, &[most, none], Options::default())?;
        let wide = op.sub("width", most, least)?;
        let step = op.div("step", wide, end)?;
        let one = op.scalar("one", 1.0)?;
        let name = op.part("is_flat");
        let flat = op.builder.emit(
            Builtin::EQUAL,
            &[wide, none],
            Options::default(),
            &name,
            DType::Bool,
        )?;
        let name = op.output_name(1);
        let choice = options!(SelectV2Options: SelectV2OptionsT {});
        let scale = op.builder.emit(
            Builtin::SELECT_V2,
            &[flat, one, step],
            choice,
            &name,
            DType::Float32,
        )?;
        let shift = op.div("shift", least, scale)?;
        let shift = op.sub("shift_up", none, shift)?;
        let shift = op.step(
            "shift_of_type",
            Builtin::MINIMUM,
            &[shift, end],
            Options::default(),
        )?;
        let name = op.output_name(2);
        let zero = op.builder.emit(
            Builtin::ROUND,
            &[shift],
            Options::default(),
            &name,
            DType::Float32,
        )?;
        let q = quantized(op, x, scale, zero, (none, end))?;
        Ok(q.into_iter().chain([plain(scale), plain(zero)]).collect())
    }

    /// Whether the scale of a QuantizeLinear is computed.
    pub fn is_computed(&self, inputs: &[Option<Stored>]) -> bool {
        let scale = inputs.get(1).copied().flatten();
        scale.is_some_and(|scale| !self.builder.is_constant(scale.id))
    }

    /// Integers by a scale that is computed, as models of opset 10 have it.
    pub fn quantize_by(&mut self, node: &Node, inputs: &[Option<Stored>]) -> Result<Vec<Stored>> {
        let op = &mut Op::new(node, 1, inputs.to_vec(), &mut self.builder);
        let (x, scale, zero) = (op.stored(0)?, op.input(1)?, op.input(2)?);
        if op.builder.shape(scale).iter().product::<usize>() > 1 {
            return op.refuse("an activation with a scale for each channel", "give one scale");
        }
        let (low, high) = match op.builder.dtype(zero) {
            DType::Float32 | DType::Uint8 => (0.0, 255.0),
            DType::Int8 => (-128.0, 127.0),
            other => {
                return op.refuse(
                    format!("an activation of {}", other.word()),
                    "integers of 8 bits are made",
                );
            }
        };
        let zero = held(op, "zero_point", zero)?;
        let ends = (op.scalar("low_end", low)?, op.scalar("high_end", high)?);
        quantized(op, x, scale, zero, ends)
    }

    /// The reals behind integers.
    pub fn real(&mut self, node: &Node, inputs: &[Option<Stored>]) -> Result<Vec<Stored>> {
        let op = &mut Op::new(node, 1, inputs.to_vec(), &mut self.builder);
        let (q, scale, zero) = (op.stored(0)?, op.input(1)?, op.input(2)?);
        let zero = held(op, "zero_point", zero)?;
        let less = op.sub("less", q.id, zero)?;
        op.last(Builtin::MUL, &[less, scale], quant_lower::mul(), q.channels_last)
    }

    /// A product of integers: of floats that hold them less their zero points.
    pub fn product(
        &mut self,
        node: &Node,
        inputs: &[Option<Stored>],
        parts: &[Option<Part>],
    ) -> Result<Made> {
        let is_real = |index: usize| parts.get(index) == Some(&Some(Part::Real));
        let known = |part: &Option<Part>| matches!(part, None | Some(Part::Integers | Part::Real));
        if !parts.iter().all(known) {
            return refuse("it reads sums or a scale", "export the model again");
        }
        let op = if node.op() == "ConvInteger" {
            "Conv"
        } else {
            "MatMul"
        };
        let get = |index: usize| inputs.get(index).copied().flatten();
        let (Some(a), Some(b)) = (get(0), get(1)) else {
            return refuse("no input", "export the model again");
        };
        // Zero points of rows have no kernel in onnxruntime either.
        if get(2).is_some_and(|zero| self.builder.shape(zero.id).iter().product::<usize>() > 1) {
            return refuse("a zero point for each row", "give one");
        }
        let rank = (op == "Conv").then(|| self.builder.shape(b.id).len());
        let a = self.centred(node, "a", a, get(2), rank)?;
        let b = self.centred(node, "b", b, get(3), rank)?;
        let mut inner = node.clone();
        inner.set_op(op);
        inner.set_domain("");
        if is_real(0) || is_real(1) {
            let made = self.float_node(&inner, vec![Some(a), Some(b)])?;
            return Ok((made, Some(Part::Unscaled)));
        }
        let made = self.sums(&inner, a, b)?;
        Ok((made, Some(Part::Sums)))
    }

    /// Integers less their zero points, as floats; `filters` is the rank of images and
    /// filters, whose zero points stand along the first dimension; matrices come in ONNX's layout.
    fn centred(
        &mut self,
        node: &Node,
        part: &str,
        value: Stored,
        zero: Option<Stored>,
        filters: Option<usize>,
    ) -> Result<Stored> {
        let op = &mut Op::new(node, 1, Vec::new(), &mut self.builder);
        let value = Stored {
            id: if filters.is_none() {
                op.builder.own(value)?
            } else {
                value.id
            },
            channels_last: filters.is_some() && value.channels_last,
        };
        let id = held(op, part, value.id)?;
        let Some(zero) = zero else {
            return Ok(Stored { id, ..value });
        };
        let own = op.builder.own(zero)?;
        let mut zero = held(op, &format!("{part}_zero_point"), own)?;
        let shape = op.builder.shape(zero);
        let count: usize = shape.iter().product();
        if let Some(quant_ir::value::Data::F32(zeros)) = op.builder.value(zero)?.map(|value| value.data)
            && zeros.iter().all(|zero| *zero == 0.0)
        {
            return Ok(Stored { id, ..value });
        }
        let name = op.part(&format!("{part}_zero"));
        if let Some(rank) = filters.filter(|_| count > 1) {
            let mut along = vec![1; rank];
            along.iter_mut().take(1).for_each(|size| *size = count);
            zero = op.builder.reshape(zero, &along, &name)?;
        } else if count == 1 {
            zero = op.builder.reshape(zero, &[], &name)?;
        }
        let id = op.sub(&format!("{part}_centred"), id, zero)?;
        Ok(Stored { id, ..value })
    }
}

/// `rne(x / s) + z`, from `low` to `high`.
fn quantized(
    op: &mut Op<'_>,
    x: Stored,
    scale: TensorId,
    zero: TensorId,
    (low, high): (TensorId, TensorId),
) -> Result<Vec<Stored>> {
    let steps = op.div("steps", x.id, scale)?;
    let steps = op.step("rounded", Builtin::ROUND, &[steps], Options::default())?;
    let steps = op.add("shifted", steps, zero)?;
    let steps = op.step("of_type", Builtin::MINIMUM, &[steps, high], Options::default())?;
    op.last(
        Builtin::MAXIMUM,
        &[steps, low],
        Options::default(),
        x.channels_last,
    )
}

/// Integers as floats that hold them.
fn held(op: &mut Op<'_>, part: &str, id: TensorId) -> Result<TensorId> {
    let dtype = op.builder.dtype(id);
    match dtype {
        DType::Float32 => Ok(id),
        DType::Int8 | DType::Uint8 if op.builder.is_constant(id) => {
            let (bytes, shape) = (op.builder.bytes(id).unwrap_or_default(), op.builder.shape(id));
            let integers = dequantized::integers(dtype, &bytes).unwrap_or_default();
            let floats = dequantized::floats(&integers, &shape, &[1.0], &[0], 0).unwrap_or_default();
            let name = op.part(&format!("{part}_floats"));
            op.builder.floats(&name, &shape, &floats)
        }
        DType::Int8 | DType::Uint8 => {
            let name = op.part(&format!("{part}_floats"));
            let tensor_type = |dtype: DType| quant_schema::TensorType(dtype.code());
            let options = options!(CastOptions: CastOptionsT {
                in_data_type: tensor_type(dtype),
                out_data_type: tensor_type(DType::Float32),
            });
            op.builder
                .emit(Builtin::CAST, &[id], options, &name, DType::Float32)
        }
        other => op.refuse(
            format!("a product of {}", other.word()),
            "integers of 8 bits are multiplied",
        ),
    }
}
