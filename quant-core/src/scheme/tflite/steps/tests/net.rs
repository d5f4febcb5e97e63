//! Small models.

use quant_ir::{Builtin, DType, FileFormat, Model, OpCode, Operator, Options, QuantParam, Tensor, TensorId};
use quant_schema as schema;
use quant_schema::BuiltinOptionsT;

/// A model in the making.
pub struct Net(pub Model);

impl Net {
    pub fn new() -> Self {
        Self(Model::new(FileFormat::Tflite))
    }

    /// An activation with that range.
    pub fn value(&mut self, name: &str, shape: &[i32], range: (f32, f32)) -> TensorId {
        let id = self.unrecorded(name, shape);
        self.0.main_mut().tensor_mut(id).quant = Some(QuantParam {
            min: vec![range.0],
            max: vec![range.1],
            ..QuantParam::default()
        });
        id
    }

    pub fn unrecorded(&mut self, name: &str, shape: &[i32]) -> TensorId {
        let tensor = Tensor::new(name, DType::Float32, shape.to_vec());
        self.0.main_mut().add_tensor(tensor)
    }

    pub fn input(&mut self, name: &str, shape: &[i32], range: (f32, f32)) -> TensorId {
        let id = self.value(name, shape, range);
        self.0.main_mut().add_input(id).unwrap();
        id
    }

    pub fn floats(&mut self, name: &str, shape: &[i32], values: &[f32]) -> TensorId {
        let bytes = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.constant(name, DType::Float32, shape, bytes)
    }

    pub fn constant(&mut self, name: &str, dtype: DType, shape: &[i32], bytes: Vec<u8>) -> TensorId {
        let mut tensor = Tensor::new(name, dtype, shape.to_vec());
        tensor.buffer = self.0.add_buffer(bytes);
        self.0.main_mut().add_tensor(tensor)
    }

    pub fn op(&mut self, builtin: Builtin, inputs: &[TensorId], outputs: &[TensorId]) {
        let inputs = inputs.iter().map(|id| Some(*id)).collect();
        let options = match builtin {
            Builtin::FULLY_CONNECTED => BuiltinOptionsT::FullyConnectedOptions(Box::default()),
            Builtin::ADD => {
                let mut add = Box::<schema::AddOptionsT>::default();
                add.pot_scale_int16 = true;
                BuiltinOptionsT::AddOptions(add)
            }
            _ => BuiltinOptionsT::NONE,
        };
        let op = Operator::new(
            OpCode::builtin(builtin),
            inputs,
            outputs.to_vec(),
            Options::new(options),
        );
        self.0.main_mut().push(op).unwrap();
    }

    /// An operator of one activation: what it makes has that range.
    pub fn unary(&mut self, builtin: Builtin, from: TensorId, name: &str, range: (f32, f32)) -> TensorId {
        let shape = self.0.main().tensor(from).shape.clone();
        let to = self.value(name, &shape, range);
        self.op(builtin, &[from], &[to]);
        to
    }

    pub fn output(mut self, id: TensorId) -> Self {
        self.0.main_mut().add_output(id).unwrap();
        self
    }
}

/// Each operator with what it reads and makes.
pub fn operators(model: &Model) -> Vec<String> {
    let graph = model.main();
    let names = |ids: &[Option<TensorId>]| {
        let names = ids
            .iter()
            .map(|id| id.map_or("-", |id| graph.tensor(id).name.as_str()));
        names.collect::<Vec<_>>().join(" ")
    };
    let line = |op: &Operator| {
        let outputs: Vec<_> = op.outputs.iter().copied().map(Some).collect();
        format!("{} {} → {}", op.code.builtin, names(&op.inputs), names(&outputs))
    };
    graph.operators().iter().map(line).collect()
}

/// Type, scale and zero point of a tensor.
pub fn parameters(model: &Model, name: &str) -> (DType, f32, i64) {
    let graph = model.main();
    let tensor = graph.tensor(graph.find(name).unwrap_or_else(|| panic!("no `{name}`")));
    match &tensor.quant {
        Some(quant) if !quant.scale.is_empty() => (tensor.dtype, quant.scale[0], quant.zero_point[0]),
        _ => (tensor.dtype, 0.0, 0),
    }
}

/// The integers of an 8-bit constant.
pub fn bytes(model: &Model, name: &str) -> Vec<i8> {
    let tensor = model.main().tensor(model.main().find(name).unwrap());
    assert_eq!(tensor.dtype, DType::Int8, "{name}");
    model
        .data(tensor)
        .unwrap()
        .iter()
        .map(|q| q.cast_signed())
        .collect()
}

/// The integers of a bias of 32 bits.
pub fn words(model: &Model, name: &str) -> Vec<i32> {
    let tensor = model.main().tensor(model.main().find(name).unwrap());
    assert_eq!(tensor.dtype, DType::Int32, "{name}");
    let bytes = model.data(tensor).unwrap();
    bytes
        .as_chunks()
        .0
        .iter()
        .map(|q| i32::from_le_bytes(*q))
        .collect()
}
