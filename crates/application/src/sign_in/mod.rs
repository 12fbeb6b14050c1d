//! Sign-in: one service for each way in, one for the second step, and one for proving again who one is.
//!
//! What they share is in three parts that no edge calls: `guard` counts wrong passwords, `challenge` asks for a second
//! factor, and `open` begins the session.

mod challenge;
mod guard;
mod open;
mod refusal;
mod request_link;
mod resend_code;
mod second_factor;
mod signed_in;
mod step_up;
mod step_up_code;
mod with_link;
mod with_password;

pub use challenge::{Challenged, SignInStep};
pub use open::Holding;
pub use refusal::Refusal;
pub use request_link::{LoginLinkRequested, RequestLoginLink};
pub use resend_code::{ResendCode, ResendError};
pub use second_factor::{SecondStep, SecondStepError, SignInWithSecondFactor};
pub use signed_in::{CookieSession, Held, SignedIn, Tokens};
pub use step_up::{RenewedSecret, ShownFactor, StepUp, StepUpError, StepUps, SteppedUp};
pub use step_up_code::{AskCodeError, AskStepUpCode};
pub use with_link::{LinkSignIn, LinkSignInError, SignInWithLink};
pub use with_password::{PasswordSignIn, PasswordSignInError, SignInWithPassword};

pub(crate) use challenge::Challenges;
pub(crate) use guard::Guards;
pub(crate) use open::{Opening, issue_access_token};
