//! How the quantized model of a comparison is executed.

use quant_core::Quantizer;
use quant_core::interp::Profile;
use quant_core::quantized::running::{Executed, Execution};

use crate::quantizer::network;

/// The comparison runs the integers of the scheme's runtime, or what somebody asks for.
#[test]
fn the_comparison_says_how_it_ran() {
    let checked = |quantizer: Quantizer| {
        let quantizer = quantizer.random_records(1, 3);
        let quantized = quantizer.quantize_model(network()).unwrap();
        quantized.check().unwrap().as_ref().unwrap().executed.clone()
    };
    let int8 = || Quantizer::new().scheme_named("tflite-int8").unwrap();
    assert_eq!(checked(int8()), Executed::Integers(Profile::LitertReference));
    let litert = Execution::Integers(Profile::Litert);
    assert_eq!(
        checked(int8().execution(litert)),
        Executed::Integers(Profile::Litert)
    );
    let simulated = Executed::Simulated { why: None };
    assert_eq!(checked(int8().execution(Execution::Simulated(None))), simulated);
    // No kernel of LiteRT takes a filter with a zero point for each channel.
    let executed = checked(Quantizer::new().execution(litert));
    assert!(executed.why().unwrap().ends_with("(litert)"), "{executed}");
    let float = Quantizer::new().scheme_named("tflite-float16").unwrap();
    assert_eq!(checked(float), Executed::Float);
}
