//! Stored password hashes, read without trusting them.

use argon2::{
    Algorithm, Params,
    password_hash::phc::{Output, PasswordHash as Phc, Salt},
};

/// Most memory a stored hash may ask for, in KiB.
const MAX_MEMORY_KIB: u32 = 262_144;
/// The most passes over the memory.
const MAX_PASSES: u32 = 10;
/// The most lanes.
const MAX_LANES: u32 = 16;

/// The cost of one Argon2id hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argon2Parameters {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// The cost is below the floor or above what a stored hash may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "Argon2id needs 19456 to 262144 KiB of memory, 2 to 10 passes and 1 to 16 lanes with at least 8 KiB each"
)]
pub struct ParametersOutOfRange;

impl Argon2Parameters {
    /// The least that is allowed, and the default: 19 MiB, two passes, one lane.
    pub const FLOOR: Self = Self { memory_kib: 19_456, passes: 2, lanes: 1 };

    /// A cost that is at least [`FLOOR`](Self::FLOOR) and not beyond reason.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, ParametersOutOfRange> {
        let floor = Self::FLOOR;
        let fits = (floor.memory_kib..=MAX_MEMORY_KIB).contains(&memory_kib)
            && (floor.passes..=MAX_PASSES).contains(&passes)
            && (floor.lanes..=MAX_LANES).contains(&lanes);
        fits.then_some(Self { memory_kib, passes, lanes }).ok_or(ParametersOutOfRange)
    }

    pub(crate) fn to_params(self) -> Result<Params, ParametersOutOfRange> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(OUTPUT)).map_err(|_| ParametersOutOfRange)
    }
}

impl Default for Argon2Parameters {
    fn default() -> Self {
        Self::FLOOR
    }
}

pub(crate) const OUTPUT: usize = 32;
pub(crate) const SALT: usize = 16;

/// A stored hash whose parameters are within bounds: nothing was allocated to find out.
pub(crate) struct Argon2idHash {
    pub(crate) params: Params,
    pub(crate) salt: Salt,
    pub(crate) output: Output,
}

impl Argon2idHash {
    /// Reads `$argon2id$v=19$…`; `None` for anything else and for parameters that an honest hash does not have.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let phc = Phc::new(text).ok()?;
        if phc.algorithm != Algorithm::Argon2id.ident() || phc.version != Some(19) {
            return None;
        }
        let params = Params::try_from(&phc).ok()?;
        if params.m_cost() > MAX_MEMORY_KIB || params.t_cost() > MAX_PASSES || params.p_cost() > MAX_LANES {
            return None;
        }
        Some(Self { params, salt: phc.salt?, output: phc.hash? })
    }

    /// Whether today's parameters make a stronger hash.
    pub(crate) fn is_below(&self, current: &Params) -> bool {
        self.params.m_cost() < current.m_cost()
            || self.params.t_cost() < current.t_cost()
            || self.params.p_cost() < current.p_cost()
            || self.output.len() < OUTPUT
            || self.salt.len() < SALT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAIL: &str = "$c29tc2FsdHNvbWVzYWx0$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

    #[test]
    fn parameters_are_bounded_before_any_work() {
        for (head, readable) in [
            ("$argon2id$v=19$m=19456,t=2,p=1", true),
            ("$argon2id$v=19$m=8,t=1,p=1", true),
            ("$argon2id$v=19$m=262144,t=10,p=16", true),
            ("$argon2id$v=19$m=262145,t=2,p=1", false),
            ("$argon2id$v=19$m=4294967295,t=2,p=1", false),
            ("$argon2id$v=19$m=19456,t=11,p=1", false),
            ("$argon2id$v=19$m=19456,t=2,p=17", false),
            ("$argon2id$v=19$m=0,t=2,p=1", false),
            ("$argon2id$v=16$m=19456,t=2,p=1", false),
            ("$argon2id$m=19456,t=2,p=1", false),
            ("$argon2i$v=19$m=19456,t=2,p=1", false),
            ("$argon2d$v=19$m=19456,t=2,p=1", false),
        ] {
            assert_eq!(Argon2idHash::parse(&format!("{head}{TAIL}")).is_some(), readable, "{head}");
        }
        for text in ["", "$argon2id$", "$argon2id$v=19$m=19456,t=2,p=1", "$2b$07$short", "plain"] {
            assert!(Argon2idHash::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn parameters_only_go_up() {
        assert_eq!(Argon2Parameters::default(), Argon2Parameters::new(19_456, 2, 1).unwrap());
        assert!(Argon2Parameters::new(262_144, 10, 16).unwrap().to_params().is_ok());
        for (memory, passes, lanes) in [(19_455, 2, 1), (19_456, 1, 1), (19_456, 2, 0), (262_145, 2, 1)] {
            assert_eq!(Argon2Parameters::new(memory, passes, lanes), Err(ParametersOutOfRange));
        }
    }
}
