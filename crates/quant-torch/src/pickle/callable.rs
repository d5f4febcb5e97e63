//! The functions whose calls a pickle may hold.

/// Module and name of each function whose call is kept. It is never made: the call stays a value, and is written
/// back as one. The list is what `torch.save` and NumPy write for values without code of their own.
pub const CALLABLE: &[(&str, &str)] = &[
    ("_codecs", "encode"),
    ("__builtin__", "bytearray"),
    ("__builtin__", "bytes"),
    ("__builtin__", "complex"),
    ("__builtin__", "frozenset"),
    ("__builtin__", "list"),
    ("__builtin__", "set"),
    ("__builtin__", "slice"),
    ("builtins", "bytearray"),
    ("builtins", "bytes"),
    ("builtins", "complex"),
    ("builtins", "frozenset"),
    ("builtins", "list"),
    ("builtins", "set"),
    ("builtins", "slice"),
    ("collections", "Counter"),
    ("collections", "OrderedDict"),
    ("collections", "defaultdict"),
    ("collections", "deque"),
    ("copy_reg", "_reconstructor"),
    ("copyreg", "_reconstructor"),
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "timedelta"),
    ("numpy", "dtype"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"),
    ("pathlib", "PosixPath"),
    ("pathlib", "WindowsPath"),
    ("torch", "Size"),
    ("torch", "device"),
    ("torch._utils", "_rebuild_meta_tensor_no_storage"),
    ("torch._utils", "_rebuild_parameter"),
    ("torch._utils", "_rebuild_parameter_with_state"),
    ("torch._utils", "_rebuild_qtensor"),
    ("torch._utils", "_rebuild_sparse_tensor"),
    ("torch._utils", "_rebuild_tensor"),
    ("torch._utils", "_rebuild_tensor_v2"),
    ("torch._utils", "_rebuild_tensor_v3"),
    ("torch.serialization", "_get_layout"),
];

/// Whether a call of the function may stand in a pickle.
pub(crate) fn allows(module: &str, name: &str) -> bool {
    CALLABLE.contains(&(module, name))
}
