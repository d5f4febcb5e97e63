//! Which function makes which scheme of the reference.

use quant_core::Result;
use quant_core::ir::{Builtin, DType, Model};
use quant_core::scheme::tflite::{Kept, Options, Selector, dynamic, float16, int8, qat, steps};

use super::cases::{Case, fits};
use super::compare::How;
use super::{ranges, recipes};

/// A flavour: schemes whose name begins with `prefix`; the longest prefix counts.
pub struct Flavour {
    pub prefix: &'static str,
    /// Whether names of tensors are pinned.
    pub names: bool,
    /// Whether what follows the prefix names options ([`options`]).
    pub suffixes: bool,
    pub quantize: Quantize,
}

/// Ranges ([`super::ranges`]) into the model, then the flavour.
type Quantize = fn(&mut Model, &Case, &Options) -> Result<Vec<Kept>>;

/// A line for each flavour that is built.
pub const FLAVOURS: &[Flavour] = &[
    // What an import says of a file, without a quantizer: the comparison itself.
    Flavour {
        prefix: "float_with_fake_quant",
        names: true,
        suffixes: true,
        quantize: |_, _, _| Ok(Vec::new()),
    },
    Flavour {
        prefix: "int8",
        names: false,
        suffixes: true,
        quantize: |model, case, options| {
            ranges::tensorflow(model, case);
            int8::quantize(model, options)
        },
    },
    Flavour {
        prefix: "int8_legacy",
        names: true,
        suffixes: true,
        quantize: |model, case, options| {
            ranges::tensorflow(model, case);
            steps::quantize_int8(model, options)
        },
    },
    Flavour {
        prefix: "int16x8",
        names: true,
        suffixes: true,
        quantize: |model, case, options| {
            ranges::tensorflow(model, case);
            steps::quantize_int16x8(model, options)
        },
    },
    Flavour {
        prefix: "aeq_",
        names: false,
        suffixes: false,
        quantize: recipes::quantize,
    },
    Flavour {
        prefix: "dynamic",
        names: false,
        suffixes: true,
        quantize: |model, _, options| dynamic::quantize(model, options),
    },
    Flavour {
        prefix: "dynamic_legacy",
        names: false,
        suffixes: true,
        quantize: |model, _, options| dynamic::quantize_legacy(model, options),
    },
    Flavour {
        prefix: "float16",
        names: false,
        suffixes: true,
        quantize: |model, _, options| float16::quantize(model, options),
    },
    Flavour {
        prefix: "qat_int8",
        names: false,
        suffixes: true,
        quantize: |model, _, options| qat::quantize(model, options),
    },
    Flavour {
        prefix: "qat_lowbit",
        names: false,
        suffixes: true,
        quantize: |model, _, options| qat::quantize(model, options),
    },
];

/// The networks whose originals were made from a graph that was imported again, in which a RESHAPE is folded or a RELU
/// fused.
const REIMPORTED: [&str; 3] = ["resnet8", "mobilenetv1_vww96", "blazeface_front"];

impl Flavour {
    /// How a case is compared.
    pub fn how(&self, case: &Case) -> How {
        let by_converter = fits("dynamic*", &case.scheme) || case.scheme == "float16";
        How {
            names: self.names,
            weights_only: by_converter && REIMPORTED.contains(&case.model.as_str()),
        }
    }
}

/// The flavour of a scheme, and what follows its prefix.
pub fn find(scheme: &str) -> Option<(&'static Flavour, &str)> {
    let found = FLAVOURS
        .iter()
        .filter_map(|flavour| Some((flavour, scheme.strip_prefix(flavour.prefix)?)));
    found.max_by_key(|(flavour, _)| flavour.prefix.len())
}

/// What the end of a scheme's name asks for.
pub fn options(flavour: &Flavour, suffix: &str, float: &Model) -> Options {
    let mut options = Options {
        compat: true,
        ..Options::default()
    };
    let mut interface = |dtype| (options.input, options.output) = (dtype, dtype);
    let graph = float.main();
    let first = || graph.tensor(graph.operators()[0].outputs[0]).name.clone();
    let operators = |kinds: &[Builtin]| kinds.iter().map(|kind| Selector::Operator(*kind)).collect();
    match suffix {
        _ if !flavour.suffixes => (),
        "" => (),
        "_io_int8" => interface(DType::Int8),
        "_io_uint8" => interface(DType::Uint8),
        "_io_int16" => interface(DType::Int16),
        "_strict" => options.strict = true,
        "_per_tensor" => options.per_tensor = true,
        "_dense_per_tensor" => options.dense_per_tensor = true,
        "_bias32" => options.bias = DType::Int32,
        "_deny_op_conv2d" => options.float = operators(&[Builtin::CONV_2D]),
        "_deny_op_add_softmax" => options.float = operators(&[Builtin::ADD, Builtin::SOFTMAX]),
        "_deny_op_maxpool" => options.float = operators(&[Builtin::MAX_POOL_2D]),
        "_deny_op_concat" => options.float = operators(&[Builtin::CONCATENATION]),
        "_deny_op_fc" => options.float = operators(&[Builtin::FULLY_CONNECTED]),
        "_deny_node_relu1" => options.float = vec![Selector::Name("Relu_1;add".into())],
        "_deny_node_first" => options.float = vec![Selector::Name(first())],
        _ => panic!(
            "`{suffix}` behind `{}` is not known here: say what it asks for",
            flavour.prefix
        ),
    }
    options
}
