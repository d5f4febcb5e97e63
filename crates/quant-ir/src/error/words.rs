//! Words that some problems have and others have not.

pub(super) fn wanted(shape: Option<&[usize]>) -> String {
    shape.map_or_else(String::new, |shape| format!(", and {shape:?} is wanted"))
}

pub(super) fn takes(types: &str) -> String {
    match types {
        "" => String::new(),
        types => format!(", the kernel takes {types}"),
    }
}

pub(super) fn unknown(text: Option<&str>) -> String {
    text.unwrap_or("the model has none of that name").to_owned()
}
