//! Shapes of graph inputs whose signature leaves dimensions open.

use quant_core::ir::Tensor;

use super::prepare::Prepare;
use crate::failure::{Failure, Result};

/// Shapes that records have in place of those in the file, and what is done with the data before.
#[derive(clap::Args, Debug, Default)]
pub struct Shapes {
    /// Shape of an input, as in x=8,224,224,3, where its signature leaves dimensions open (a batch, a length); repeatable
    #[arg(long = "shape", value_name = "INPUT=D,D,…", value_parser = parse)]
    shapes: Vec<(String, Vec<i32>)>,
    /// What is done with the data.
    #[command(flatten)]
    pub prepare: Prepare,
}

/// A name may have any character; the dimensions stand behind its last `=`.
fn parse(text: &str) -> std::result::Result<(String, Vec<i32>), String> {
    let wrong = || "write INPUT=D,D,…, as in x=8,224,224,3".to_owned();
    let (name, dims) = text.rsplit_once('=').ok_or_else(wrong)?;
    let dim = |word: &str| word.trim().parse().ok().filter(|d: &i32| *d > 0);
    let dims: Option<Vec<i32>> = dims.split(',').map(dim).collect();
    Ok((name.to_owned(), dims.ok_or_else(wrong)?))
}

impl Shapes {
    /// The graph inputs with these shapes.
    pub fn apply(&self, mut inputs: Vec<Tensor>) -> Result<Vec<Tensor>> {
        for (name, dims) in &self.shapes {
            let names: Vec<String> = inputs.iter().map(|input| format!("`{}`", input.name)).collect();
            let Some(input) = inputs.iter_mut().find(|input| input.name == *name) else {
                return Err(Failure::Usage(format!(
                    "--shape: the model has no input `{name}`; its inputs are {}",
                    names.join(", ")
                )));
            };
            let open = input.shape_signature.as_ref().unwrap_or(&input.shape);
            let fits = open.len() == dims.len() && open.iter().zip(dims).all(|(w, d)| *w < 0 || w == d);
            if !fits {
                return Err(Failure::Usage(format!(
                    "--shape: input `{name}` takes {open:?}, and {dims:?} does not fit; change only dimensions of -1"
                )));
            }
            input.shape.clone_from(dims);
            input.shape_signature = None;
        }
        Ok(inputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quant_core::ir::DType;

    #[test]
    fn words() {
        assert_eq!(parse("x=8,3"), Ok(("x".to_owned(), vec![8, 3])));
        assert_eq!(parse("a=b:0=1"), Ok(("a=b:0".to_owned(), vec![1])));
        for wrong in ["x", "x=", "x=0,3", "x=-1,3", "x=8,,3", "x=8;3"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_open_dimensions_change() {
        let mut tensor = Tensor::new("x", DType::Float32, vec![1, 3]);
        tensor.shape_signature = Some(vec![-1, 3]);
        let fixed = Tensor::new("y", DType::Float32, vec![2]);
        let with = |all: &[(&str, &[i32])]| {
            let all = all.iter().map(|(name, dims)| ((*name).to_owned(), dims.to_vec()));
            let shapes = Shapes {
                shapes: all.collect(),
                ..Shapes::default()
            };
            shapes.apply(vec![tensor.clone(), fixed.clone()])
        };
        assert_eq!(with(&[("x", &[4, 3])]).unwrap()[0].shape, [4, 3]);
        assert_eq!(with(&[("y", &[2])]).unwrap()[1].shape, [2]);
        for (name, dims) in [("x", &[4, 4][..]), ("x", &[4]), ("y", &[4]), ("z", &[1])] {
            assert!(with(&[(name, dims)]).is_err(), "{name} {dims:?}");
        }
    }
}
