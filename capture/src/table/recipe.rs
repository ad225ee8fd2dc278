//! Where the probe gets a parameter's value.

/// Source of one parameter of a live event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipe {
    /// The probe does not produce it.
    None,
    /// The call's return value.
    Ret,
    /// Raw argument of the call, cut to the width of the parameter's type.
    Arg(u8),
}
