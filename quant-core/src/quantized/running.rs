//! A quantized model that runs beside a float one, on the float model's data: in integers, as a runtime computes them, or
//! simulated in floats ([`fake`](super::fake)).

use std::fmt;

use super::fake::Fake;
use super::values::is_quantized;
use crate::quantize::precheck::float_activations;
use quant_interp::{Interpreter, Joined, Profile, Workspace, joined, without_kernel};
use quant_ir::error::{ErrorKind, Result};
use quant_ir::value::Value;
use quant_ir::{Builtin, DType, FileFormat, FreeNames, Model, OpCode, Operator, Options, TensorId};

/// How a quantized model is to be executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Execution {
    /// In integers, bit for bit as a runtime, if that has a kernel here for every operator; simulated if not.
    Integers(Profile),
    /// In floats that pass Quantize and Dequantize; with why, when nobody asked for that.
    Simulated(Option<&'static str>),
}

impl Execution {
    /// As the runtime of a file format does.
    pub fn of(format: FileFormat) -> Self {
        match format {
            FileFormat::Tflite => Self::Integers(Profile::LitertReference),
            FileFormat::Circle => Self::Integers(Profile::One),
        }
    }

    /// As onnxruntime, which ONNX models are for.
    pub fn of_onnx() -> Self {
        Self::Integers(Profile::Onnxruntime)
    }

    /// As the runtime that a scheme quantizes for: ONE's is Circle's, all others are LiteRT's.
    pub fn of_scheme(name: &str) -> Self {
        Self::of(if name == "one" {
            FileFormat::Circle
        } else {
            FileFormat::Tflite
        })
    }
}

/// How a model was executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Executed {
    /// It is no quantized model, and ran as it is.
    Float,
    /// In integers, bit for bit as the runtime.
    Integers(Profile),
    /// Simulated in floats.
    Simulated {
        /// Why, when nobody asked for it.
        why: Option<String>,
    },
}

/// Whether pairs are no simulation: onnxruntime joins them with the operators between.
fn is_joined(model: &Model, execution: Execution) -> bool {
    execution == Execution::of_onnx() && model.main().tensors().iter().any(is_quantized)
}

impl Executed {
    /// How a model runs: a float one as it is, a quantized one in integers if that is wanted and all its operators have
    /// kernels. `first` makes the first record for it, if there is one, and is asked only when the model may run in integers: that kernels take
    /// the operators as they are is known when they have run.
    ///
    /// # Errors
    /// Those of `first`.
    pub fn of<E: From<quant_ir::Error>>(
        model: &Model,
        execution: Execution,
        first: impl FnOnce(&Model) -> std::result::Result<Option<Vec<Value>>, E>,
    ) -> std::result::Result<Self, E> {
        Ok(match execution {
            _ if !is_joined(model, execution) && float_activations(model).is_ok() => Self::Float,
            Execution::Simulated(why) => Self::Simulated {
                why: why.map(str::to_owned),
            },
            Execution::Integers(profile) => {
                let running = Running::integers(model, profile)?;
                match running.refusal(first)? {
                    None => running.how,
                    why => Self::Simulated { why },
                }
            }
        })
    }

    /// The word for it: `float`, `integers` or `simulated`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Float => "float",
            Self::Integers(_) => "integers",
            Self::Simulated { .. } => "simulated",
        }
    }

    /// Whose integers they are.
    pub fn runtime(&self) -> Option<Profile> {
        match self {
            Self::Integers(profile) => Some(*profile),
            _ => None,
        }
    }

    /// Why it was simulated, when nobody asked for it.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Simulated { why } => why.as_deref(),
            _ => None,
        }
    }
}

impl fmt::Display for Executed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integers(profile) => write!(f, "integers of {}", profile.name()),
            Self::Simulated { why: Some(why) } => write!(f, "simulated: {why}"),
            _ => f.write_str(self.word()),
        }
    }
}

/// A model that takes and makes the float model's data, and where it has the tensors of the quantized one.
pub struct Running {
    /// The model.
    pub model: Model,
    /// Whose integers it computes.
    pub profile: Profile,
    /// For each tensor of the quantized model, the one with its values, integers or reals, as its readers see them; `None`
    /// when nothing needs it.
    pub seen: Vec<Option<TensorId>>,
    /// How it is executed.
    pub how: Executed,
}

impl Running {
    /// A model that runs, as far as possible in the way that is wanted ([`Executed::of`]).
    ///
    /// # Errors
    /// As [`Self::new`]; those of `first`.
    pub fn of<E: From<quant_ir::Error>>(
        model: &Model,
        execution: Execution,
        first: impl FnOnce(&Model) -> std::result::Result<Option<Vec<Value>>, E>,
    ) -> std::result::Result<Self, E> {
        let how = Executed::of(model, execution, first)?;
        Ok(Self::new(model, how)?)
    }

    /// A model that runs in that way.
    ///
    /// # Errors
    /// As [`Fake::of`], where it is simulated.
    pub fn new(model: &Model, how: Executed) -> Result<Self> {
        if let Executed::Integers(profile) = how {
            return Self::integers(model, profile);
        }
        let Fake { model, seen } = Fake::running(model)?;
        Ok(Self {
            model,
            profile: Profile::default(),
            seen,
            how,
        })
    }

    /// The model with floats for inputs; its outputs stay integers, which whoever compares takes for the reals that they
    /// stand for.
    fn integers(model: &Model, profile: Profile) -> Result<Self> {
        let (mut work, seen) = if profile == Profile::Onnxruntime {
            let Joined { model, seen } = joined(model)?;
            (model, seen)
        } else {
            (model.clone(), model.main().ids().map(Some).collect())
        };
        let mut names = FreeNames::of(work.main());
        let graph = work.main_mut();
        let (mut inputs, mut operators) = (Vec::new(), Vec::new());
        for id in graph.inputs().to_vec() {
            let tensor = graph.tensor(id);
            // An input may be listed twice.
            let again = || inputs.iter().position(|(integers, _)| *integers == id);
            let floats = if !is_quantized(tensor) {
                id
            } else if let Some(at) = again() {
                inputs[at].1
            } else {
                let floats = tensor.of_same_shape(tensor.name.clone(), DType::Float32);
                let name = names.take(&format!("{}_Quantize", tensor.name));
                graph.tensor_mut(id).name = name;
                let floats = graph.add_tensor(floats);
                operators.push((
                    0,
                    Operator::new(
                        OpCode::builtin(Builtin::QUANTIZE),
                        vec![Some(floats)],
                        vec![id],
                        Options::default(),
                    ),
                ));
                floats
            };
            inputs.push((id, floats));
        }
        graph.set_inputs(inputs.into_iter().map(|(_, floats)| floats).collect())?;
        graph.insert(operators)?;
        Ok(Self {
            model: work,
            profile,
            seen,
            how: Executed::Integers(profile),
        })
    }

    /// Why the runtime's kernels do not run it; `None` when they do, or when it fails with any of them.
    fn refusal<E>(
        &self,
        first: impl FnOnce(&Model) -> std::result::Result<Option<Vec<Value>>, E>,
    ) -> std::result::Result<Option<String>, E> {
        let lacking = without_kernel(&self.model, self.profile);
        if !lacking.is_empty() {
            let has = if lacking.len() == 1 { "has" } else { "have" };
            let lacking: Vec<String> = lacking.iter().map(Builtin::to_string).collect();
            return Ok(Some(format!(
                "{} {has} no integer kernel in {}",
                lacking.join(", "),
                self.profile.name()
            )));
        }
        let interpreter = match Interpreter::with_profile(&self.model, self.profile) {
            Ok(interpreter) => interpreter,
            Err(error) => return Ok(self.unsupported(&error)),
        };
        let Some(inputs) = first(&self.model)? else {
            return Ok(None);
        };
        let run = interpreter.run_with(inputs, &mut Workspace::default(), &mut |_, _, _| Ok(()));
        Ok(run.err().and_then(|error| self.unsupported(&error)))
    }

    fn unsupported(&self, error: &quant_ir::Error) -> Option<String> {
        let place = error.places().last();
        let place = place.map_or_else(String::new, |place| format!("{place}: "));
        (error.kind() == ErrorKind::Unsupported)
            .then(|| format!("{place}{} ({})", error.problem(), self.profile.name()))
    }
}
