//! Small models, and what became of them.

use quant_ir::{
    Builtin, DType, FileFormat, Model, OpCode, Operator, Options as Fields, QuantParam, Signature,
    SignatureTensor, Tensor, TensorId, format,
};

use super::super::quantize;
use crate::scheme::Kept;
use crate::scheme::tflite::Options;

/// A float model in the making.
pub struct Net {
    pub model: Model,
    /// The graph that grows.
    pub graph: usize,
}

impl Net {
    pub fn new() -> Self {
        Self {
            model: Model::new(FileFormat::Tflite),
            graph: 0,
        }
    }

    pub fn id(&self, name: &str) -> TensorId {
        let graph = &self.model.graphs()[self.graph];
        graph.find(name).unwrap_or_else(|| panic!("no tensor `{name}`"))
    }

    fn add(&mut self, tensor: Tensor) -> TensorId {
        self.model.graphs_mut()[self.graph].add_tensor(tensor)
    }

    /// A value with that recorded range.
    pub fn value(&mut self, name: &str, shape: &[i32], (min, max): (f32, f32)) -> TensorId {
        let mut tensor = Tensor::new(name, DType::Float32, shape.to_vec());
        tensor.quant = Some(QuantParam {
            min: vec![min],
            max: vec![max],
            ..QuantParam::default()
        });
        self.add(tensor)
    }

    /// A value without a range.
    pub fn bare(&mut self, name: &str, shape: &[i32], dtype: DType) -> TensorId {
        self.add(Tensor::new(name, dtype, shape.to_vec()))
    }

    /// A graph input.
    pub fn input(&mut self, name: &str, shape: &[i32], range: (f32, f32)) {
        let id = self.value(name, shape, range);
        self.model.graphs_mut()[self.graph].add_input(id).unwrap();
    }

    pub fn constant(&mut self, name: &str, shape: &[i32], values: &[f32]) -> TensorId {
        let mut tensor = Tensor::new(name, DType::Float32, shape.to_vec());
        tensor.buffer = self
            .model
            .add_buffer(values.iter().flat_map(|x| x.to_le_bytes()).collect());
        self.add(tensor)
    }

    /// An operator; an empty name is an operand that is left out.
    pub fn op(&mut self, builtin: Builtin, inputs: &[&str], outputs: &[&str]) {
        self.with(builtin, inputs, outputs, Fields::default());
    }

    pub fn with(&mut self, builtin: Builtin, inputs: &[&str], outputs: &[&str], options: Fields) {
        let inputs = inputs
            .iter()
            .map(|name| (!name.is_empty()).then(|| self.id(name)))
            .collect();
        let outputs = outputs.iter().map(|name| self.id(name)).collect();
        let op = Operator::new(OpCode::builtin(builtin), inputs, outputs, options);
        self.model.graphs_mut()[self.graph].push(op).unwrap();
    }

    pub fn outputs(&mut self, names: &[&str]) {
        for name in names {
            let id = self.id(name);
            self.model.graphs_mut()[self.graph].add_output(id).unwrap();
        }
    }

    /// A signature for the graph: its inputs and outputs by their names.
    pub fn signature(&mut self, key: &str) {
        let graph = &self.model.graphs()[self.graph];
        let entries = |ids: &[TensorId]| {
            ids.iter()
                .map(|id| SignatureTensor {
                    name: graph.tensor(*id).name.clone(),
                    tensor: id.0 as u32,
                })
                .collect()
        };
        let signature = Signature {
            key: Some(key.to_owned()),
            tag: None,
            inputs: entries(graph.inputs()),
            outputs: entries(graph.outputs()),
            subgraph: self.graph as u32,
        };
        let mut all = self.model.signatures().unwrap_or_default().to_vec();
        all.push(signature);
        self.model.set_signatures(Some(all)).unwrap();
    }

    /// Quantized, exported and imported again.
    pub fn quantized(self, options: &Options) -> Done {
        let mut model = self.model;
        let kept = quantize(&mut model, options).unwrap();
        let bytes = format::export(&model, FileFormat::Tflite).unwrap();
        Done {
            model: format::import(&bytes).unwrap(),
            graph: self.graph,
            kept,
        }
    }

    /// What is said of it, and that nothing has changed.
    pub fn refused(mut self, options: &Options) -> String {
        let before = self.model.clone();
        let error = quantize(&mut self.model, options).unwrap_err();
        // A range that is no number is not equal to itself.
        assert_eq!(format!("{:?}", self.model), format!("{before:?}"));
        error.to_string()
    }
}

/// The quantized model.
pub struct Done {
    pub model: Model,
    pub graph: usize,
    pub kept: Vec<Kept>,
}

impl Done {
    /// The operators, as `ADD x:int8 y:int8 -> z:int8`; an absent operand is `-`.
    pub fn text(&self) -> Vec<String> {
        let graph = &self.model.graphs()[self.graph];
        let tensor = |id: TensorId| format!("{}:{}", graph.tensor(id).name, graph.tensor(id).dtype);
        let operators = graph.operators().iter();
        let text = operators.map(|op| {
            let inputs = op.inputs.iter().map(|id| id.map_or("-".to_owned(), tensor));
            let outputs = op.outputs.iter().map(|id| tensor(*id));
            let (inputs, outputs): (Vec<_>, Vec<_>) = (inputs.collect(), outputs.collect());
            format!(
                "{} {} -> {}",
                op.code.builtin,
                inputs.join(" "),
                outputs.join(" ")
            )
        });
        text.collect()
    }

    fn tensor(&self, name: &str) -> &Tensor {
        let graph = &self.model.graphs()[self.graph];
        let id = graph
            .find(name)
            .unwrap_or_else(|| panic!("no `{name}` in {:#?}", self.text()));
        graph.tensor(id)
    }

    /// Scale and zero point of a tensor with one of each.
    pub fn params(&self, name: &str) -> (f32, i64) {
        let quant = self.tensor(name).quant.as_ref().unwrap();
        assert_eq!((quant.scale.len(), quant.zero_point.len()), (1, 1), "{name}");
        (quant.scale[0], quant.zero_point[0])
    }

    /// The scales of a tensor.
    pub fn scales(&self, name: &str) -> Vec<f32> {
        self.tensor(name).quant.as_ref().unwrap().scale.clone()
    }

    /// The integers of a constant.
    pub fn integers(&self, name: &str) -> Vec<i64> {
        let tensor = self.tensor(name);
        let found = crate::quantized::values::map(&self.model, tensor, |_, q| q).unwrap();
        found.unwrap_or_else(|| panic!("`{name}` is no constant"))
    }

    pub fn has(&self, name: &str) -> bool {
        self.model.graphs()[self.graph].find(name).is_some()
    }

    pub fn versions(&self, builtin: Builtin) -> Vec<i32> {
        let graph = &self.model.graphs()[self.graph];
        let operators = graph.operators().iter().filter(|op| op.code.builtin == builtin);
        operators.map(|op| op.code.version).collect()
    }

    /// What stays float, and why.
    pub fn kept(&self) -> Vec<String> {
        let each = self.kept.iter();
        each.map(|kept| format!("{} {} {}: {}", kept.operator, kept.kind, kept.output, kept.why))
            .collect()
    }
}
