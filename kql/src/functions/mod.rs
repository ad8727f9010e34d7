//! Scalar functions.

use crate::call::Function;

/// Every scalar function.
pub static FUNCTIONS: &[&Function] = &[];

/// The function of that name.
pub fn lookup(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().copied().find(|f| f.name == name || f.aliases.contains(&name))
}
