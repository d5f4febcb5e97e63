//! Dynamic and block-wise models as the reference has them, read again and run beside onnxruntime.

use std::path::Path;

use quant_interp::{Interpreter, Profile, Workspace};
use quant_ir::value::Value;
use quant_onnx::quantize::{Ranges, blockwise, quantize};
use quant_onnx::{Lowering, Model};

use super::{exceptions, reference, root};
use crate::joined::compare;
use crate::lowering::{array, interface, npy};

/// Models whose values differ, each with how far they may be, as a part of the largest: what is float there, too, has other last bits.
const NAMED: &[(&str, f64)] = &[
    ("act_tanh/dyn_s8", LAST_BITS),
    ("avgpool/dyn_s8", LAST_BITS),
    ("conv_bn_relu/dyn_s8", LAST_BITS),
    ("conv_bn_relu/dyn_u8", LAST_BITS),
    ("conv_relu_chain/dyn_u8", LAST_BITS),
    ("dynamic_axes/dyn_s8", LAST_BITS),
    ("gelu_erf_pattern/dyn_s8", LAST_BITS),
    ("globalpool/dyn_s8", LAST_BITS),
    ("layernorm/dyn_s8", LAST_BITS),
    ("layernorm/dyn_u8", LAST_BITS),
    ("net_resnet8/dyn_s8", LAST_BITS),
    ("opset7_net/dyn_s8", LAST_BITS),
    ("reduce_attr/dyn_s8", LAST_BITS),
    ("residual_add/dyn_s8", LAST_BITS),
    ("residual_add/dyn_u8", LAST_BITS),
    ("resize_cubic/dyn_s8", LAST_BITS),
    ("softmax_opset13/dyn_s8", LAST_BITS),
    // DynamicQuantizeLSTM quantizes its input and its state in every step; here it is an LSTM with dequantized weights.
    ("lstm/dyn_s8", LSTM),
    ("lstm/dyn_s8_pc", LSTM),
    ("lstm_bidir/dyn_s8", LSTM),
];

const LAST_BITS: f64 = 1e-6;
const LSTM: f64 = 1e-2;

/// Models that are refused: the node with a subgraph stands before what the subgraph reads, as onnxruntime writes it.
const REFUSED: &[&str] = &["if_branch/dyn_s8"];

/// How far the float form of a dynamic model may be from what it computes when it runs.
const FORM: f64 = 0.1;

/// What a model makes of record 3.
fn outputs(folder: &Path, model: &Model, dynamic: bool) -> Result<Vec<Value>, String> {
    let (inputs, _) = interface(model);
    let data: Vec<Value> = inputs.iter().map(|name| array(folder, "in", name, 3)).collect();
    let shapes = inputs
        .iter()
        .cloned()
        .zip(data.iter().map(|value| value.shape.clone()));
    let lowering = Lowering {
        shapes: shapes.collect(),
        dynamic,
        ..Lowering::default()
    };
    let lowered = model.lower(&lowering).map_err(|error| error.to_string())?;
    let ready = Interpreter::with_profile(&lowered.model, Profile::Onnxruntime);
    let run = ready.and_then(|ready| ready.run_with(data, &mut Workspace::new(1), &mut |_, _, _| Ok(())));
    run.map_err(|error| error.to_string())
}

#[derive(Default)]
struct Sums {
    models: usize,
    refused: Vec<String>,
    values: usize,
    equal: usize,
    apart: Vec<String>,
    form: f64,
}

impl Sums {
    /// Compares a model, whose values may all be `near` away.
    fn one(&mut self, folder: &Path, set: &str, made: &Model, near: f64) {
        let name = format!("{}/{set}", folder.file_name().unwrap().to_string_lossy());
        let found = match outputs(folder, made, true) {
            Ok(found) => found,
            Err(error) => {
                assert!(REFUSED.contains(&name.as_str()), "{name}: {error}");
                return self.refused.push(format!("{name}: {error}"));
            }
        };
        let named = NAMED.iter().find(|(of, _)| *of == name);
        let near = named.map_or(near, |(_, near)| *near);
        let float = outputs(folder, made, false).unwrap_or_else(|error| panic!("{name}: {error}"));
        self.models += 1;
        for (index, (found, float)) in found.iter().zip(&float).enumerate() {
            let file = folder.join(format!("run/{set}.off.{index}.npy"));
            if !file.exists() {
                continue;
            }
            let expected = npy(&file);
            let (differ, all, part) = compare(found, &expected);
            self.values += all;
            self.equal += all - differ;
            if differ > 0 {
                self.apart
                    .push(format!("{name} {index}: {differ} of {all}, {part:.1e}"));
            }
            let far = compare(float, &expected).2;
            self.form = self.form.max(far);
            assert!(
                part <= near,
                "{name} {index}: {differ} of {all} differ, by {part:.1e}"
            );
            assert!(far <= FORM, "{name} {index} in floats: {far:.1e}");
        }
    }

    fn tell(&self, what: &str) {
        println!(
            "onnx {what}: {} models, {} of {} values equal; in floats at most {:.1e} away; {} refused",
            self.models,
            self.equal,
            self.values,
            self.form,
            self.refused.len()
        );
        for line in self.apart.iter().chain(&self.refused) {
            println!("  {line}");
        }
    }
}

#[test]
fn dynamic_models_run() {
    let Some(root) = root() else {
        return;
    };
    let mut sums = Sums::default();
    for folder in reference::folders(&root, "quant.json") {
        let model = reference::model(&folder, "model.onnx");
        let file = reference::json(&folder.join("quant.json"));
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        for (set, config) in file["configs"].as_object().unwrap() {
            let runs = config["kind"] == "dynamic" && config["run_off"] == "ok";
            if !runs || exceptions::reason(&name, set).is_some() {
                continue;
            }
            let (options, _) = reference::options(config);
            let made = quantize(&model, &Ranges::new(), &options).unwrap();
            if made.graph.nodes.iter().any(|node| reads_dynamic(node.op())) {
                sums.one(&folder, set, &made, 0.0);
            }
        }
    }
    sums.tell("dynamic in");
}

fn reads_dynamic(op: &str) -> bool {
    matches!(op, "MatMulInteger" | "ConvInteger" | "DynamicQuantizeLSTM")
}

#[test]
fn block_wise_models_run() {
    let Some(root) = root() else {
        return;
    };
    let mut sums = Sums::default();
    for folder in reference::folders(&root, "nbits.json") {
        let model = reference::model(&folder, "model.onnx");
        let file = reference::json(&folder.join("nbits.json"));
        for (set, config) in file["configs"].as_object().unwrap() {
            let options = reference::block_options(&config["args"]);
            sums.one(&folder, set, &blockwise(&model, &options).unwrap(), LAST_BITS);
        }
    }
    sums.tell("blocks in");
}
