//! What a sign-in, a verification or a recovery waits for.

mod challenges;
mod one_time_tokens;
