//! The help of `accuracy`.

use super::page::Help;

/// It.
pub const HELP: Help = Help {
    verb: "accuracy",
    about: "How often a classifier is right on labelled data: top-1, top-5, each class, and what it is taken for. A quantized \
model computes integers as the runtime does. With --evaluator, a program of yours gets the model's file and prints the number.",
    examples: &[
        (
            "pictures in a folder for each class",
            "quant accuracy model.int8.tflite --data photos/ --preset mobilenet",
        ),
        (
            "ImageNet's records, for a model without a class 0 for the background",
            "quant accuracy model.tflite --data tfrecord:'imagenet/validation-*' --preset mobilenet --label-offset -1",
        ),
        (
            "arrays",
            "quant accuracy model.tflite --data images.npy --labels labels.npy --scale 1/255",
        ),
    ],
};
