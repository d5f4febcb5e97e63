//! Which settings an operator can have: those for which there is a kernel (ai-edge-quantizer's default policy).

use super::entry::{Algorithm, Granularity, Kind, Mode, OpConfig, Operation, Precision, TensorConfig};
use super::rules::{self, Activations, Rule, Types};

/// Whether operators of that kind can have the setting.
pub fn fits(operation: Operation, algorithm: Algorithm, config: &OpConfig) -> bool {
    if algorithm == Algorithm::NoQuantize {
        return true;
    }
    let rule = match operation {
        Operation::All => return true,
        Operation::Input | Operation::Output => None,
        Operation::Op(code) => match rules::rule(code) {
            Some(rule) => Some(rule),
            None => return false,
        },
    };
    let known = match rule {
        Some(rule) => rule.is_of(algorithm),
        None => matches!(algorithm, Algorithm::MinMax | Algorithm::Octav),
    };
    if config.skip_checks || !known {
        return known && config.mode().is_some();
    }
    match (algorithm, rule) {
        (Algorithm::FloatCasting, _) => {
            let half = |weights: TensorConfig| weights.bits == 16 && weights.kind == Kind::Float;
            config.precision == Precision::Float
                && config.explicit_dequantize
                && config.activations.is_none()
                && config.weights.is_some_and(half)
        }
        (_, None) => config.mode() == Some(Mode::Static) && activations(config, Activations::Both, true),
        (_, Some(rule)) => match config.mode() {
            Some(Mode::Static) => statics(rule, config),
            Some(Mode::Dynamic) => !config.explicit_dequantize && low(rule, config, false),
            Some(Mode::WeightOnly) => config.activations.is_none() && low(rule, config, true),
            None => false,
        },
    }
}

/// Whether activations are integers that kernels take.
fn activations(config: &OpConfig, able: Activations, interface: bool) -> bool {
    let Some(activations) = config.activations.filter(|_| !config.explicit_dequantize) else {
        return false;
    };
    if activations.granularity != Granularity::Tensor {
        return false;
    }
    match (activations.kind, activations.bits, able) {
        (_, _, Activations::Float) | (Kind::Float, ..) => false,
        (Kind::Uint, bits, _) => interface && bits == 8 && !activations.symmetric,
        (Kind::Int, 8, _) => true,
        (Kind::Int, bits, able) => bits == 16 && activations.symmetric && able == Activations::Both,
    }
}

fn statics(rule: &Rule, config: &OpConfig) -> bool {
    if !activations(config, rule.activations, false) {
        return false;
    }
    let Some(own) = rule.weights else {
        return true;
    };
    let Some(weights) = config.weights else {
        return false;
    };
    let low = matches!(own.types, Types::Low | Types::LowBlocks);
    is_plain(weights) && weights.symmetric && (weights.bits == 8 || (weights.bits == 4 && low))
}

/// Signed integers with a scale for each tensor or channel.
fn is_plain(weights: TensorConfig) -> bool {
    weights.kind == Kind::Int && !matches!(weights.granularity, Granularity::Block(_))
}

/// Whether there are such weights beside float activations.
fn low(rule: &Rule, config: &OpConfig, dequantized: bool) -> bool {
    let (Some(own), Some(weights)) = (rule.weights, config.weights) else {
        return false;
    };
    if dequantized {
        let four = !matches!(own.types, Types::Int8);
        return is_plain(weights) && (weights.bits == 8 || (weights.bits == 4 && four));
    }
    if !weights.symmetric || weights.kind != Kind::Int {
        return false;
    }
    let blocks = matches!(weights.granularity, Granularity::Block(_));
    match (weights.bits, blocks) {
        (8, false) => true,
        (4 | 2, false) => matches!(own.types, Types::Low | Types::LowBlocks4 | Types::LowBlocks),
        (4, true) => matches!(own.types, Types::LowBlocks4 | Types::LowBlocks),
        (2, true) => own.types == Types::LowBlocks,
        _ => false,
    }
}
