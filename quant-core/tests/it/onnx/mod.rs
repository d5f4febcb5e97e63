//! Models with ONNX's QuantizeLinear and DequantizeLinear, made by hand, and what becomes of them.

mod meets;
mod pairs;

use quant_core::config::Config;
use quant_core::ir::{
    Builtin, DType, FileFormat, Model, OpCode, Operator, Options, QuantParam, Tensor, TensorId,
};
use quant_core::quantized::{onnx, values};
use quant_core::{Error, Granularity, QuantType, format};

/// What the original's command takes for constants beside integers: int16.
pub fn config() -> Config {
    Config::new(QuantType::Int16, Granularity::Channel)
}

/// A model in the making.
pub struct Bench {
    pub model: Model,
}

impl Bench {
    pub fn new() -> Self {
        let model = Model::new(FileFormat::Circle);
        Self { model }
    }

    pub fn tensor(&mut self, name: &str, dtype: DType, shape: &[i32]) -> TensorId {
        self.model
            .main_mut()
            .add_tensor(Tensor::new(name, dtype, shape.to_vec()))
    }

    pub fn input(&mut self, name: &str, shape: &[i32]) -> TensorId {
        let id = self.tensor(name, DType::Float32, shape);
        self.model.main_mut().add_input(id).unwrap();
        id
    }

    pub fn constant(&mut self, name: &str, dtype: DType, shape: &[i32], values: &[f64]) -> TensorId {
        let bytes = match dtype {
            DType::Float32 => values.iter().flat_map(|x| (*x as f32).to_le_bytes()).collect(),
            DType::Int16 => values.iter().flat_map(|x| (*x as i16).to_le_bytes()).collect(),
            DType::Int32 => values.iter().flat_map(|x| (*x as i32).to_le_bytes()).collect(),
            DType::Uint8 => values.iter().map(|x| *x as u8).collect(),
            other => panic!("{other}"),
        };
        let id = self.tensor(name, dtype, shape);
        let buffer = self.model.add_buffer(bytes);
        self.model.main_mut().tensor_mut(id).buffer = buffer;
        id
    }

    pub fn op(&mut self, builtin: Builtin, inputs: &[TensorId], name: &str, shape: &[i32]) -> TensorId {
        let output = self.tensor(name, DType::Float32, shape);
        let inputs = inputs.iter().copied().map(Some).collect();
        let op = Operator::new(OpCode::builtin(builtin), inputs, vec![output], Options::default());
        self.model.main_mut().push(op).unwrap();
        output
    }

    pub fn custom(&mut self, kind: &str, of: TensorId, to: DType, with: &Linear<'_>) -> TensorId {
        let name = format!("{}_{kind}", self.model.main().tensor(of).name);
        let shape = self.model.main().tensor(of).shape.clone();
        let count = [with.scale.len() as i32];
        let shapes: &[i32] = if count == [1] { &[] } else { &count };
        let scale = self.constant(&format!("{name}_scale"), DType::Float32, shapes, with.scale);
        let zero_point = self.constant(&format!("{name}_zp"), with.dtype, shapes, with.zero_point);
        let output = self.tensor(&name, to, &shape);
        let code = OpCode {
            builtin: Builtin::CUSTOM,
            custom: Some(kind.to_owned()),
            version: 1,
        };
        let inputs = [of, scale, zero_point].map(Some).to_vec();
        let mut op = Operator::new(code, inputs, vec![output], Options::default());
        // {"axis": …} in FlexBuffers' format.
        let axis = [b"axis\0\x01\x06\x01\x01\x01", [with.axis, 4, 2, 36, 1].as_slice()].concat();
        op.custom_options = Some(axis);
        self.model.main_mut().push(op).unwrap();
        output
    }

    pub fn dequantize(&mut self, of: TensorId, with: &Linear<'_>) -> TensorId {
        self.custom("ONNXDequantizeLinear", of, DType::Float32, with)
    }

    pub fn pair(&mut self, of: TensorId, with: &Linear<'_>) -> TensorId {
        let integers = self.custom("ONNXQuantizeLinear", of, with.dtype, with);
        self.dequantize(integers, with)
    }

    /// What the model becomes, written and read again.
    pub fn done(mut self, outputs: &[TensorId]) -> Result<Model, Error> {
        self.model.main_mut().set_outputs(outputs.to_vec()).unwrap();
        onnx::run(&mut self.model, &config())?;
        Ok(format::import(&format::export(&self.model, FileFormat::Circle).unwrap()).unwrap())
    }
}

pub struct Linear<'a> {
    pub scale: &'a [f64],
    pub zero_point: &'a [f64],
    pub dtype: DType,
    pub axis: u8,
}

pub const U8: Linear<'_> = Linear {
    scale: &[0.5],
    zero_point: &[10.0],
    dtype: DType::Uint8,
    axis: 0,
};

pub const S16: Linear<'_> = Linear {
    scale: &[0.25],
    zero_point: &[0.0],
    dtype: DType::Int16,
    axis: 0,
};

pub fn tensor<'a>(model: &'a Model, name: &str) -> &'a Tensor {
    let names: Vec<_> = model.main().tensors().iter().map(|tensor| &tensor.name).collect();
    let id = model
        .main()
        .find(name)
        .unwrap_or_else(|| panic!("no `{name}` in {names:?}"));
    model.main().tensor(id)
}

/// Type, scales, zero points.
pub fn of(model: &Model, name: &str) -> (DType, Vec<f32>, Vec<i64>) {
    let QuantParam {
        scale, zero_point, ..
    } = tensor(model, name).quant.clone().unwrap_or_default();
    (tensor(model, name).dtype, scale, zero_point)
}

pub fn integers(model: &Model, name: &str) -> Vec<i64> {
    values::map(model, tensor(model, name), |_, q| q)
        .unwrap()
        .unwrap()
}

pub fn kinds(model: &Model) -> Vec<Builtin> {
    model
        .main()
        .operators()
        .iter()
        .map(|op| op.code.builtin)
        .collect()
}
