//! Circle models as ONE's runtimes execute them: uint8 as onert does, int16 as luci-interpreter.

use super::profile::Kernel;
use quant_ir::Builtin;

/// The kernels, by operator.
const KERNELS: &[(Builtin, Kernel)] = &[];

/// The kernel of an operator.
pub fn kernel(builtin: Builtin) -> Option<Kernel> {
    let found = KERNELS.iter().find(|(of, _)| *of == builtin);
    found.map(|(_, kernel)| *kernel)
}
