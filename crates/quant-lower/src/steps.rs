//! Operators in between, a method for each kind, and the options that are asked for most.

use quant_ir::{Builtin, Options, Result, TensorId};

use crate::{Op, options};

/// Options of a sum.
pub fn add() -> Options {
    options!(AddOptions: AddOptionsT {})
}

/// Options of a product.
pub fn mul() -> Options {
    options!(MulOptions: MulOptionsT {})
}

/// One kind of operator as a method: what it computes, of one tensor or two.
macro_rules! steps {
    ($($what:literal $name:ident($($operand:ident),*) = $builtin:ident, $kind:ident: $type:ident;)*) => {
        impl Op<'_> {
            $(
                #[doc = $what]
                ///
                /// # Errors
                /// Those of [`crate::Builder::emit`].
                pub fn $name(&mut self, part: &str, $($operand: TensorId),*) -> Result<TensorId> {
                    self.step(part, Builtin::$builtin, &[$($operand),*], options!($kind: $type {}))
                }
            )*
        }
    };
}

steps! {
    "`|x|`." abs(x) = ABS, AbsOptions: AbsOptionsT;
    "`−x`." neg(x) = NEG, NegOptions: NegOptionsT;
    "`e^x`." exp(x) = EXP, ExpOptions: ExpOptionsT;
    "`x²`." square(x) = SQUARE, SquareOptions: SquareOptionsT;
    "`x + y`." add(x, y) = ADD, AddOptions: AddOptionsT;
    "`x − y`." sub(x, y) = SUB, SubOptions: SubOptionsT;
    "`x · y`." mul(x, y) = MUL, MulOptions: MulOptionsT;
    "`x / y`." div(x, y) = DIV, DivOptions: DivOptionsT;
}
