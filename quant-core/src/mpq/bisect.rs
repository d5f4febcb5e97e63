//! The search: half of the depths that are left, until nothing changes.

use super::Layers;

/// Which end of the network is int16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Layers up to the cut.
    Front,
    /// Layers from the cut on.
    Back,
}

impl End {
    /// As it is shown: front, back.
    pub fn word(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::Back => "back",
        }
    }
}

/// One model that was tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The depth of the cut.
    pub cut: usize,
    /// Names of the layers that were int16.
    pub layers: Vec<String>,
    /// The error of that model.
    pub error: f64,
}

/// What the search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// Every step, in order.
    pub steps: Vec<Step>,
    /// The last step whose error is below the target, which has the fewest int16 layers of them.
    pub best: Option<usize>,
}

/// The error of the uint8 model whose layers of these names are int16, at this cut.
pub type Evaluate<'e, E> = &'e mut dyn FnMut(usize, &[String]) -> Result<f64, E>;

/// Cuts at `floor((low + high) / 2)`, at first between 0 and the last depth: an error below `target` moves the cut so
/// that fewer layers are int16, any other so that more are. It ends at a cut that was tried before: no
/// other would follow.
///
/// # Errors
/// Those of `evaluate`.
pub fn bisect<E>(layers: &Layers, end: End, target: f64, evaluate: Evaluate<'_, E>) -> Result<Search, E> {
    let (mut low, mut high) = (0, layers.last);
    let mut search = Search {
        steps: Vec::new(),
        best: None,
    };
    loop {
        let cut = usize::midpoint(low, high);
        if search.steps.iter().any(|step| step.cut == cut) {
            return Ok(search);
        }
        let int16 = layers.layers.iter().filter(|layer| match end {
            End::Front => layer.depth <= cut,
            End::Back => layer.depth >= cut,
        });
        let names: Vec<String> = int16.map(|layer| layer.name.clone()).collect();
        let error = evaluate(cut, &names)?;
        let good = error < target;
        if good {
            search.best = Some(search.steps.len());
        }
        match (end, good) {
            (End::Front, true) | (End::Back, false) => high = cut,
            (End::Front, false) | (End::Back, true) => low = cut,
        }
        search.steps.push(Step {
            cut,
            layers: names,
            error,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::Layer;
    use super::*;

    fn chain(count: usize) -> Layers {
        let layer = |depth| Layer {
            name: format!("n{depth}"),
            depth,
        };
        Layers {
            layers: (1..=count).map(layer).collect(),
            depths: (1..=count).map(Some).collect(),
            last: count + 1,
        }
    }

    /// The cuts, and the best, where the error is 10 less the number of int16 layers.
    fn search(end: End, target: f64) -> (Vec<usize>, Option<usize>) {
        let mut evaluate = |_, names: &[String]| Ok::<f64, ()>(10.0 - names.len() as f64);
        let search = bisect(&chain(10), end, target, &mut evaluate).unwrap();
        let best = search.best.map(|at| search.steps[at].layers.len());
        (search.steps.iter().map(|step| step.cut).collect(), best)
    }

    #[test]
    fn cuts_from_both_ends() {
        // Below 4 are seven layers and more.
        assert_eq!(search(End::Front, 4.0), (vec![5, 8, 6, 7], Some(7)));
        assert_eq!(search(End::Back, 4.0), (vec![5, 2, 3, 4], Some(7)));
        // All layers are tried before it gives up, and one or none before it is content.
        assert_eq!(search(End::Front, 0.0), (vec![5, 8, 9, 10], None));
        assert_eq!(search(End::Back, 0.0), (vec![5, 2, 1, 0], None));
        assert_eq!(search(End::Front, 100.0), (vec![5, 2, 1, 0], Some(0)));
        assert_eq!(search(End::Back, 100.0), (vec![5, 8, 9, 10], Some(1)));
    }

    #[test]
    fn errors_end_it() {
        let mut evaluate = |_, _: &[String]| Err("no");
        assert_eq!(bisect(&chain(3), End::Front, 1.0, &mut evaluate), Err("no"));
    }
}
