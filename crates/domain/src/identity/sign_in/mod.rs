//! What a sign-in, a verification or a recovery waits for: mailed tokens, mailed codes, and second steps.

mod challenge;
mod email_code;
mod one_time_token;
mod queries;

pub use challenge::*;
pub use email_code::*;
pub use one_time_token::*;
pub use queries::*;
