//! Second factors.

pub mod races;
pub mod second_factor;
