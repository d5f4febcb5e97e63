//! The checkpoints of ai8x-synthesis and their quantized twins: every value of every tensor, bit for bit, and the
//! order of the keys.
//!
//! Reads the folder named by `QUANT_REFERENCE`, else `../shared`; without it the tests say that they were
//! skipped.

use std::io::Write;
use std::path::{Path, PathBuf};

use quant_ai8x::{Device, Options, parse_network, quantize};
use quant_torch::{Checkpoint, Id, Object};

fn folder() -> Option<PathBuf> {
    let shared = std::env::var_os("QUANT_REFERENCE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let folder = shared.join("reference/ai8x");
    if !folder.exists() {
        // Past the capture of the test harness.
        let text = format!("SKIPPED: there is no {}\n", folder.display());
        std::io::stderr().write_all(text.as_bytes()).unwrap();
        return None;
    }
    Some(folder)
}

/// Two objects of two checkpoints are equal in value; tensors bit for bit.
fn same(a: &Checkpoint, x: Id, b: &Checkpoint, y: Id, place: &str, tensors: &mut usize) {
    if a.is_tensor(x) {
        let [s, t] = [a.tensor(x), b.tensor(y)].map(Result::unwrap);
        assert_eq!(
            (s.dtype, &s.shape, &s.strides),
            (t.dtype, &t.shape, &t.strides),
            "{place}"
        );
        assert!(s.read_bytes().unwrap() == t.read_bytes().unwrap(), "{place}");
        *tensors += 1;
        return;
    }
    if a.graph.is_dict(x) {
        let [p, q] = [a.graph.entries(x), b.graph.entries(y)].map(|entries| entries.unwrap().to_vec());
        let keys = |c: &Checkpoint, entries: &[(Id, Id)]| -> Vec<Object> {
            entries.iter().map(|(key, _)| c.graph.get(*key).clone()).collect()
        };
        assert_eq!(keys(a, &p), keys(b, &q), "{place}");
        for ((key, v), (_, w)) in p.iter().zip(&q) {
            let key = a.graph.as_text(*key).unwrap_or("?");
            same(a, *v, b, *w, &format!("{place}.{key}"), tensors);
        }
        return;
    }
    match (a.graph.as_items(x), b.graph.as_items(y)) {
        (Some(p), Some(q)) => {
            assert_eq!(p.len(), q.len(), "{place}");
            for (v, w) in p.iter().zip(q) {
                same(a, *v, b, *w, place, tensors);
            }
        }
        _ => assert_eq!(a.graph.get(x), b.graph.get(y), "{place}"),
    }
}

fn check(name: &str, device: Device, legacy_shift: bool, wanted: usize) {
    let Some(folder) = folder() else {
        return;
    };
    let mut checkpoint = Checkpoint::open(&folder.join(format!("{name}.pth.tar"))).unwrap();
    let options = Options {
        legacy_shift,
        ..Options::new(device)
    };
    quantize(&mut checkpoint, &options).unwrap();
    // What is written and read again, not what lies in memory.
    let mut bytes = Vec::new();
    checkpoint.write(&mut bytes).unwrap();
    let got = Checkpoint::read(bytes).unwrap();
    let twin = Checkpoint::open(&folder.join(format!("{name}-q.pth.tar"))).unwrap();
    let mut tensors = 0;
    same(&got, got.root, &twin, twin.root, name, &mut tensors);
    assert_eq!(tensors, wanted, "{name}");
}

#[test]
fn catsdogs() {
    check("ai85-catsdogs-qat8", Device::Max78000, false, 73);
}

#[test]
fn kws20_v3() {
    check("ai87-kws20_v3-qat8", Device::Max78002, false, 90);
}

#[test]
fn mnist_extrasmall_by_the_older_rule() {
    check("ai85-mnist-extrasmall-qat8", Device::Max78000, true, 34);
}

#[test]
fn networks_are_read() {
    let Some(folder) = folder() else {
        return;
    };
    let mut layers = Vec::new();
    for name in [
        "ai87-kws20-v3-hwc",
        "cats-dogs-hwc",
        "cifar100-nas",
        "kws20-v3-hwc",
    ] {
        let text = std::fs::read_to_string(folder.join(format!("networks/{name}.yaml"))).unwrap();
        let network = parse_network(&text, Device::Max78000).unwrap();
        layers.push(network.layers());
        // The network has as many layers as its checkpoint has weights, so bits of none change nothing.
        if name == "cats-dogs-hwc" {
            let mut plain = Checkpoint::open(&folder.join("ai85-catsdogs-qat8.pth.tar")).unwrap();
            let mut with = plain.clone();
            let options = Options::new(Device::Max78000);
            let report = quantize(&mut plain, &options).unwrap();
            let options = Options {
                network: Some(network),
                ..options
            };
            let keys = |tensors: &[quant_ai8x::TensorReport]| -> Vec<String> {
                tensors.iter().map(ToString::to_string).collect()
            };
            assert_eq!(
                keys(&report.tensors),
                keys(&quantize(&mut with, &options).unwrap().tensors)
            );
        }
    }
    assert_eq!(layers, [9, 7, 11, 9]);
}
