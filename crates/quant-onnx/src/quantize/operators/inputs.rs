//! Values that an operator on integers reads.

use quant_ir::Result;

use super::{Operators, Value};
use crate::attribute::Attribute;
use crate::data_type::DataType;
use crate::quantize::draft::Wired;
use crate::quantize::tensors::{floats, integers};
use crate::tensor::{Tensor, TensorProto};

/// What a constant that an operator reads is.
#[derive(Clone, Copy)]
pub(super) enum Role {
    /// Like an activation.
    Activation,
    /// A weight with one scale.
    Weight,
    /// A weight with a scale for each entry of its last axis, when scales for channels are asked for.
    Columns,
}

impl Operators<'_> {
    /// Initializers of an activation's scale and zero point; none when its range is not known.
    pub(super) fn params_of(&mut self, name: &str) -> Option<Value> {
        let quantized = self.params.get(name)?.clone();
        let params = *quantized.params.first()?;
        let value = self.named(name);
        self.tensor(
            &value.zero_point,
            &integers(quantized.integer, &[], &[params.zero_point]),
        );
        self.tensor(&value.scale, &floats(quantized.float, &[], &[params.scale]));
        Some(value)
    }

    /// The names that a value's integers, scale and zero point have.
    pub(super) fn named(&self, name: &str) -> Value {
        Value {
            quantized: format!("{name}_quantized"),
            scale: self.draft.free(&format!("{name}_scale")),
            zero_point: self.draft.free(&format!("{name}_zero_point")),
            axis: None,
        }
    }

    /// Values that a node reads, in integers; none when one of them has no range. Nodes that quantize are added.
    pub(super) fn inputs(&mut self, names: &[&str], role: Role) -> Result<Option<Vec<Value>>> {
        let mut values = Vec::new();
        for name in names {
            match self.input(name, role)? {
                Some(value) => values.push(value),
                None => return Ok(None),
            }
        }
        Ok(Some(values))
    }

    /// A value in integers.
    pub(super) fn input(&mut self, name: &str, role: Role) -> Result<Option<Value>> {
        if let Some(value) = self.values.get(name) {
            return Ok(Some(value.clone()));
        }
        if name.is_empty() {
            return Ok(Some(Value::default()));
        }
        if self.draft.is_constant(name) {
            let weight = self.options.weight;
            // onnxruntime writes scales for columns of any constant, and its kernels take those of matrices alone.
            let rank = self.draft.tensor(name).map_or(0, |tensor| tensor.dims().len());
            let columns = self.options.per_channel && (self.options.faithful || rank == 2);
            return match role {
                Role::Activation => self.constant(name, self.activation, false),
                Role::Columns if columns => self.channels(name, weight, -1, true),
                Role::Weight | Role::Columns => self.constant(name, weight, true),
            }
            .map(Some);
        }
        Ok(if self.is_static {
            self.quantized(name)
        } else {
            Some(self.measured(name))
        })
    }

    /// Quantizes an activation whose range is known.
    fn quantized(&mut self, name: &str) -> Option<Value> {
        let value = self.params_of(name)?;
        let node = format!("{name}_QuantizeLinear");
        let inputs = [name, &value.scale, &value.zero_point];
        self.push(Wired::new("QuantizeLinear", &node, &inputs, &[&value.quantized]));
        self.values.insert(name.to_owned(), value.clone());
        Some(value)
    }

    /// Quantizes an activation by its range when the model runs.
    fn measured(&mut self, name: &str) -> Value {
        let value = self.named(name);
        let node = format!("{name}_QuantizeLinear");
        if self.draft.opset > 10 {
            let outputs = [&*value.quantized, &value.scale, &value.zero_point];
            self.push(Wired::new("DynamicQuantizeLinear", &node, &[name], &outputs));
        } else {
            self.measure(name, &value);
            let inputs = [name, &value.scale, &value.zero_point];
            self.push(Wired::new("QuantizeLinear", &node, &inputs, &[&value.quantized]));
        }
        self.values.insert(name.to_owned(), value.clone());
        value
    }

    /// Scale and zero point as nodes of before version 11.
    fn measure(&mut self, x: &str, value: &Value) {
        const STEPS: &str = "fixed_quantization_range_uint8";
        const ZERO: &str = "fixed_zero";
        self.tensor(STEPS, &Tensor::floats(&[], &[255.0]));
        self.tensor(ZERO, &Tensor::floats(&[], &[0.0]));
        let name = |end: &str| format!("{x}_{end}");
        let made = |end: &str| format!("{x}_{end}:0");
        let keep = Attribute::Int(0);
        for reduce in ["ReduceMin", "ReduceMax"] {
            let wired = Wired::new(reduce, &name(reduce), &[x], &[&made(reduce)]);
            self.push(wired.with("keepdims", &keep));
        }
        let (low, high) = (made("ReduceMin"), made("ReduceMax"));
        let width = made("scale_Sub");
        self.push(Wired::new("Sub", &name("scale_Sub"), &[&high, &low], &[&width]));
        self.push(Wired::new(
            "Div",
            &name("scale_Div"),
            &[&width, STEPS],
            &[&value.scale],
        ));
        let [minus, over, floor] = ["Sub", "Div", "Floor"].map(|op| made(&format!("zero_point_{op}")));
        self.push(Wired::new(
            "Sub",
            &name("zero_point_Sub"),
            &[ZERO, &low],
            &[&minus],
        ));
        self.push(Wired::new(
            "Div",
            &name("zero_point_Div"),
            &[&minus, &value.scale],
            &[&over],
        ));
        self.push(Wired::new(
            "Floor",
            &name("zero_point_Floor"),
            &[&over],
            &[&floor],
        ));
        let cast = Wired::new("Cast", &name("zero_point_Cast"), &[&floor], &[&value.zero_point]);
        let to = i64::from(DataType::UINT8.0);
        self.push(cast.with("to", &Attribute::Int(to)));
    }

    /// A constant's elements, to be changed in place.
    pub(super) fn replace(&mut self, name: &str, tensor: &Tensor) {
        self.draft.replace_tensor(TensorProto::new(name, tensor));
    }
}
