//! Scales and zero points by hand: given, or copied from one tensor to another (ONE: `--force_quantparam`,
//! `--copy_quantparam`). Types and elements stay as they are.

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{Model, Names, QuantParam, TensorId};

/// The scale and zero point that one tensor is to have.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// Name of the tensor.
    pub tensor: String,
    /// Scale, above 0.
    pub scale: f32,
    /// Zero point.
    pub zero_point: i64,
}

/// Gives tensors of the main graph one scale and zero point each; whatever else their parameters held is dropped. Names
/// are taken as [`quant_ir::Names::get`] takes them.
///
/// # Errors
/// A name that no tensor has or that is given twice, a scale that is none. The model is then unchanged.
pub fn force(model: &mut Model, given: &[Given]) -> Result<()> {
    let mut found: Vec<(TensorId, QuantParam)> = Vec::with_capacity(given.len());
    let names = model.main().names();
    for one in given {
        let id = find(&names, &one.tensor)?;
        let wrong = |problem: Problem, hint: &str| {
            Err(Error::new(Place::tensor("tensor", &one.tensor), problem, hint))
        };
        if found.iter().any(|(other, _)| *other == id) {
            return wrong(
                Problem::Duplicate("it is given twice".into()),
                "give each tensor one scale and zero point",
            );
        }
        if !(one.scale.is_finite() && one.scale > 0.0) {
            return wrong(
                Problem::Parameters(format!("{} is no scale", one.scale)),
                "give a number above 0",
            );
        }
        let quant = QuantParam {
            scale: vec![one.scale],
            zero_point: vec![one.zero_point],
            ..QuantParam::default()
        };
        found.push((id, quant));
    }
    for (id, quant) in found {
        model.main_mut().tensor_mut(id).quant = Some(quant);
    }
    Ok(())
}

/// Copies all parameters of a tensor to another, pair after pair as (from, to), so that a copy may be copied on.
///
/// # Errors
/// A name that no tensor has, a tensor without parameters to copy, parameters of channels that the other tensor does not
/// have. The model is then unchanged.
pub fn copy(model: &mut Model, pairs: &[(String, String)]) -> Result<()> {
    let mut work = model.clone();
    let names = work.main().names();
    for (from, to) in pairs {
        let (from, to) = (find(&names, from)?, find(&names, to)?);
        let source = work.main().tensor(from);
        let Some(quant) = source.quant.clone() else {
            return Err(Error::new(
                Place::tensor("tensor", &source.name),
                Problem::Parameters("it has no parameters to copy".into()),
                "name a quantized tensor as the source",
            ));
        };
        let target = work.main().tensor(to);
        let channels = usize::try_from(quant.quantized_dimension)
            .ok()
            .and_then(|dimension| target.shape.get(dimension));
        if quant.scale.len() > 1 && channels != Some(&(quant.scale.len() as i32)) {
            return Err(Error::new(
                Place::tensor("tensor", &target.name),
                Problem::Parameters(format!(
                    "the {} scales of `{}` along dimension {} do not fit its shape {:?}",
                    quant.scale.len(),
                    source.name,
                    quant.quantized_dimension,
                    target.shape
                )),
                "copy from a tensor with one scale, or of the same channels",
            ));
        }
        work.main_mut().tensor_mut(to).quant = Some(quant);
    }
    *model = work;
    Ok(())
}

fn find(names: &Names<TensorId>, name: &str) -> Result<TensorId> {
    names.get(name).ok_or_else(|| {
        let problem = Problem::UnknownName {
            name: name.to_owned(),
            text: Some(format!("Tensor does not exist: {name}")),
        };
        Error::new("the model", problem, names.hint(name))
    })
}
