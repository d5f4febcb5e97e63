//! Small models, and what became of them.

use quant_ir::{
    Builtin, DType, FileFormat, Model, OpCode, Operator, Options as Fields, QuantParam, Tensor, TensorId,
    format,
};

use super::super::{Hessians, Recipe, quantize_with};
use crate::quantized::values;
use crate::scheme::tflite::{Kept, Options};

/// A float model in the making.
pub struct Net(pub Model);

impl Net {
    pub fn new() -> Self {
        Self(Model::new(FileFormat::Tflite))
    }

    /// A value with a range; one of `NaN` has none.
    pub fn value(mut self, name: &str, shape: &[i32], (min, max): (f32, f32)) -> Self {
        let mut tensor = Tensor::new(name, DType::Float32, shape.to_vec());
        if !min.is_nan() {
            let (min, max) = (vec![min], vec![max]);
            tensor.quant = Some(QuantParam {
                min,
                max,
                ..QuantParam::default()
            });
        }
        self.0.main_mut().add_tensor(tensor);
        self
    }

    /// A graph input.
    pub fn input(self, name: &str, shape: &[i32], range: (f32, f32)) -> Self {
        let mut net = self.value(name, shape, range);
        let id = net.0.main().find(name).unwrap();
        net.0.main_mut().add_input(id).unwrap();
        net
    }

    pub fn constant(mut self, name: &str, shape: &[i32], values: &[f32]) -> Self {
        let mut tensor = Tensor::new(name, DType::Float32, shape.to_vec());
        let bytes = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        tensor.buffer = self.0.add_buffer(bytes);
        self.0.main_mut().add_tensor(tensor);
        self
    }

    /// An operator that makes one value.
    pub fn op(mut self, builtin: Builtin, inputs: &[&str], output: &str) -> Self {
        let id = |name: &&str| Some(self.0.main().find(name).unwrap_or_else(|| panic!("no `{name}`")));
        let inputs = inputs.iter().map(id).collect();
        let outputs = vec![self.0.main().find(output).unwrap()];
        let op = Operator::new(OpCode::builtin(builtin), inputs, outputs, Fields::default());
        self.0.main_mut().push(op).unwrap();
        self
    }

    pub fn outputs(mut self, names: &[&str]) -> Self {
        for name in names {
            let id = self.0.main().find(name).unwrap();
            self.0.main_mut().add_output(id).unwrap();
        }
        self
    }

    /// Quantized, exported and imported again.
    pub fn quantized(self, recipe: &Recipe, options: &Options) -> Done {
        self.with(recipe, &Hessians::default(), options)
    }

    pub fn with(self, recipe: &Recipe, hessians: &Hessians, options: &Options) -> Done {
        let mut model = self.0;
        let kept = quantize_with(&mut model, recipe, hessians, options).unwrap();
        let bytes = format::export(&model, FileFormat::Tflite).unwrap();
        Done {
            model: format::import(&bytes).unwrap(),
            kept,
        }
    }

    /// What is said of it, and that nothing has changed.
    pub fn refused(mut self, recipe: &Recipe, options: &Options) -> String {
        let before = self.0.clone();
        let error = quantize_with(&mut self.0, recipe, &Hessians::default(), options).unwrap_err();
        assert_eq!(format!("{:?}", self.0), format!("{before:?}"));
        error.to_string()
    }
}

/// The quantized model.
pub struct Done {
    pub model: Model,
    pub kept: Vec<Kept>,
}

impl Done {
    /// The operators, as `ADD x:int8 y:int8 -> z:int8`, and then the outputs.
    pub fn text(&self) -> Vec<String> {
        let graph = self.model.main();
        let tensor = |id: TensorId| format!("{}:{}", graph.tensor(id).name, graph.tensor(id).dtype);
        let list = |ids: &mut dyn Iterator<Item = TensorId>| ids.map(tensor).collect::<Vec<_>>().join(" ");
        let mut text: Vec<String> = graph
            .operators()
            .iter()
            .map(|op| {
                let inputs = list(&mut op.inputs.iter().flatten().copied());
                let outputs = list(&mut op.outputs.iter().copied());
                format!("{} {inputs} -> {outputs}", op.code.builtin)
            })
            .collect();
        text.push(list(&mut graph.outputs().iter().copied()));
        text
    }

    pub fn tensor(&self, name: &str) -> &Tensor {
        let graph = self.model.main();
        let id = graph
            .find(name)
            .unwrap_or_else(|| panic!("no `{name}` in {:#?}", self.text()));
        graph.tensor(id)
    }

    pub fn scales(&self, name: &str) -> Vec<f32> {
        self.tensor(name).quant.as_ref().unwrap().scale.clone()
    }

    /// Scale and zero point of a tensor with one of each.
    pub fn params(&self, name: &str) -> (f32, i64) {
        let quant = self.tensor(name).quant.as_ref().unwrap();
        assert_eq!((quant.scale.len(), quant.zero_point.len()), (1, 1), "{name}");
        (quant.scale[0], quant.zero_point[0])
    }

    /// The integers of a constant.
    pub fn integers(&self, name: &str) -> Vec<i64> {
        let found = values::map(&self.model, self.tensor(name), |_, q| q).unwrap();
        found.unwrap_or_else(|| panic!("`{name}` is no constant"))
    }

    /// The reals that the integers of a constant with one scale for each of `rows` stand for.
    pub fn reals(&self, name: &str) -> Vec<f32> {
        let (integers, scales) = (self.integers(name), self.scales(name));
        let inner = integers.len() / scales.len();
        let real = |(at, q): (usize, &i64)| *q as f32 * scales[at / inner];
        integers.iter().enumerate().map(real).collect()
    }
}
