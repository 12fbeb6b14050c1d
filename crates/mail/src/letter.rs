//! The words of the mails. How they look is the templates' business, and the same for all of them.

use chrono::TimeDelta;
use dashtam_domain::{
    delivery::mail::{ClientNote, MailContent},
    identity::FactorChange,
    webhook::DisabledBecause,
};
use url::Url;

use crate::{notification, words::moment};

/// A mail in words: paragraphs, then at most one thing to do, then notes.
pub(crate) struct Letter {
    pub(crate) subject: &'static str,
    pub(crate) before: Vec<String>,
    pub(crate) points: &'static [&'static str],
    pub(crate) action: Option<Action>,
    pub(crate) after: Vec<String>,
    /// Whether it is about the safety of the account, so that its reader may need help.
    pub(crate) concerns_safety: bool,
}

/// A button, with the same link written out for programs without buttons.
pub(crate) struct Action {
    pub(crate) label: &'static str,
    pub(crate) link: String,
}

impl Letter {
    fn new(subject: &'static str, before: impl Into<String>) -> Self {
        Self {
            subject,
            before: vec![before.into()],
            points: &[],
            action: None,
            after: Vec::new(),
            concerns_safety: false,
        }
    }

    /// Begins a mail about the safety of the account.
    fn of_safety(subject: &'static str, before: impl Into<String>) -> Self {
        Self { concerns_safety: true, ..Self::new(subject, before) }
    }

    fn and(mut self, before: impl Into<String>) -> Self {
        self.before.push(before.into());
        self
    }

    fn button(mut self, label: &'static str, link: &Url) -> Self {
        self.action = Some(Action { label, link: link.as_str().to_owned() });
        self
    }

    fn note(mut self, after: impl Into<String>) -> Self {
        self.after.push(after.into());
        self
    }
}

/// Why a webhook is told nothing.
fn reason(because: DisabledBecause) -> &'static str {
    match because {
        DisabledBecause::Owner => "it was switched off in your account.",
        DisabledBecause::Failing => "nothing that was sent there was taken for five days.",
        DisabledBecause::Gone => "it answered that it is gone for good.",
        DisabledBecause::SignedOut => "everything was signed out of your account.",
        DisabledBecause::SecretLost => {
            "its secret was lost when an encryption key of this installation was removed, so that nothing can be signed. \
             Give it another secret first."
        }
    }
}

/// Writes the mail for this content.
pub(crate) fn letter(content: &MailContent) -> Letter {
    match content {
        MailContent::VerifyEmail { link, hours } => Letter::new(
            "Verify Your Dashtam Account",
            "Thank you for registering with Dashtam. One step is left: please confirm that this e-mail address is \
             yours.",
        )
        .button("Verify my e-mail address", link)
        .note(format!(
            "The link works for {}. You did not register? Then ignore this message and nothing happens.",
            span(TimeDelta::hours(*hours))
        )),
        MailContent::AlreadyRegistered { sign_in } => Letter::new(
            "You Already Have a Dashtam Account",
            "Somebody just tried to register a Dashtam account with this e-mail address. It already belongs to your \
             account, so nothing was changed.",
        )
        .and("If that was you, sign in with the password you have:")
        .button("Sign in", sign_in)
        .note(
            "If it was not you, there is nothing to do: whoever it was has learned nothing about your account.",
        ),
        MailContent::Welcome { sign_in } => Letter {
            points: &[
                "connect your banks and brokers once,",
                "see all accounts, holdings and balances in one place,",
                "keep the history of your transactions,",
                "and let the programs you trust read it all. Credentials are stored encrypted.",
            ],
            ..Letter::new(
                "Welcome to Dashtam!",
                "Your e-mail address is confirmed and your account is ready. With Dashtam you can",
            )
        }
        .button("Sign in", sign_in),
        MailContent::ResetPassword { link, minutes } => Letter::of_safety(
            "Reset Your Dashtam Password",
            "Somebody asked to reset the password of your Dashtam account. If that was you, choose a new one:",
        )
        .button("Choose a new password", link)
        .note(format!(
            "The link works once, for {}. You did not ask? Then ignore this message; your password stays as it is.",
            span(TimeDelta::minutes(*minutes))
        )),
        MailContent::LoginLink { link, minutes } => Letter::of_safety(
            "Your Dashtam Sign-In Link",
            "Somebody asked for a link to sign in to your Dashtam account. If that was you, open it in the browser you \
             asked from:",
        )
        .button("Sign in", link)
        .note(format!(
            "The link works once, for {}. You did not ask? Then ignore this message; nobody can sign in without it.",
            span(TimeDelta::minutes(*minutes))
        )),
        MailContent::SignInCode { code, client, until } => Letter::of_safety(
            "Your Dashtam Sign-In Code",
            format!("The code that completes your sign-in is {}.", code.expose()),
        )
        .and("It was asked for by this device, after the right password:")
        .and(described(client))
        .note(format!(
            "The code works once, until {}. Never tell it to anybody. If this is not you, somebody has your password: \
             change it.",
            moment(*until)
        )),
        MailContent::PasswordChanged { at, reset } => Letter::of_safety(
            "Your Dashtam Password Was Changed",
            format!("The password of your Dashtam account was changed on {}.", moment(*at)),
        )
        .and("Every other session was signed out. If it was not you, choose a new password at once:")
        .button("Reset my password", reset),
        MailContent::NewClient { client, not_me } => Letter::of_safety(
            "New Sign-In to Your Dashtam Account",
            "Your Dashtam account was signed in to from a device that was not used before:",
        )
        .and(described(client))
        .and("If it was you, there is nothing to do. If not, sign that device out and choose a new password:")
        .button("This was not me", not_me),
        MailContent::OtherClient { began, client, not_me } => Letter::of_safety(
            "Another Program Uses Your Dashtam Session",
            "A session of your Dashtam account began on this device:",
        )
        .and(described(began))
        .and("Now another one goes on with it:")
        .and(described(client))
        .and(
            "If you changed the program or updated it, there is nothing to do. If not, somebody may have copied the \
             session: sign it out and choose a new password:",
        )
        .button("This was not me", not_me),
        MailContent::RefreshReused { client, reset } => Letter::of_safety(
            "A Dashtam Session Was Ended for Your Safety",
            "A credential of this session was used a second time, as happens when it was copied:",
        )
        .and(described(client))
        .and("The session was ended; sign in again on that device. If you see more of this, change your password:")
        .button("Reset my password", reset),
        MailContent::ApiKeyCreated { name, client, manage } => Letter::of_safety(
            "A New API Key for Your Dashtam Account",
            format!("The API key \u{201c}{name}\u{201d} was made for your Dashtam account by this device:"),
        )
        .and(described(client))
        .and("If it was you, there is nothing to do. If not, revoke the key and change your password:")
        .button("Look at my API keys", manage),
        MailContent::ApiKeyExpiring { name, at, manage } => Letter::new(
            "A Dashtam API Key Ends Soon",
            format!(
                "The API key \u{201c}{name}\u{201d} of your Dashtam account works until {}. Replace it before, and the \
                 programs that use it are not interrupted:",
                moment(*at)
            ),
        )
        .button("Look at my API keys", manage),
        MailContent::WebhookAddressed { host, at, manage } => Letter::of_safety(
            "A Dashtam Webhook Tells Another Address",
            format!(
                "Since {} a webhook of your Dashtam account tells {host} when something happens in it.",
                moment(*at)
            ),
        )
        .and("If you set it up, there is nothing to do. If not, remove the webhook and change your password:")
        .button("Look at the webhook", manage),
        MailContent::WebhookDisabled { host, because, manage } => Letter::new(
            "A Dashtam Webhook Was Switched Off",
            format!("The webhook of your Dashtam account at {host} is told of events no more: {}", reason(*because)),
        )
        .and("Your other programs are not affected, and nothing of your data is lost. Look at it, and switch it on again:")
        .button("Look at the webhook", manage),
        MailContent::Notifications { notifications, more, manage } => Letter {
            before: notification::sentences(notifications, *more),
            ..Letter::new("News of Your Dashtam Accounts", "")
        }
        .button("Choose what I hear of", manage),
        MailContent::SignInsRefused { until, reset } => Letter::of_safety(
            "Sign-Ins to Your Dashtam Account Are Paused",
            format!(
                "Somebody tried many wrong passwords for your account. Devices that never signed in before are \
                 refused until {}.",
                moment(*until)
            ),
        )
        .and("Devices you use already are not affected. If it was you, and you forgot the password, choose a new one:")
        .button("Reset my password", reset),
        MailContent::ConfirmEmail { link, hours } => Letter::new(
            "Confirm Your New E-Mail Address",
            "A Dashtam account is about to use this e-mail address. Please confirm that it is yours:",
        )
        .button("Confirm this address", link)
        .note(format!(
            "The link works for {}. You know nothing of this? Then ignore this message and nothing changes.",
            span(TimeDelta::hours(*hours))
        )),
        MailContent::EmailChanged { undo, days } => Letter::of_safety(
            "Your Dashtam E-Mail Address Was Changed",
            "Your Dashtam account uses another e-mail address from now on. If that was you, there is nothing to do.",
        )
        .and("If it was not you, take the change back. That signs every session out as well:")
        .button("Take the change back", undo)
        .note(format!("The link works for {}.", span(TimeDelta::days(*days)))),
        MailContent::EmailReplaced { at } => Letter::of_safety(
            "Your Dashtam E-Mail Address Was Replaced",
            format!(
                "Whoever runs this Dashtam gave your account another e-mail address on {}, and signed every session \
                 out. No more mails about the account come here.",
                moment(*at)
            ),
        )
        .and("If you did not ask for it, write to whoever runs this Dashtam: only they can change it back."),
        MailContent::DeletionScheduled { due, cancel } => Letter::of_safety(
            "Your Dashtam Account Will Be Deleted",
            format!("Your Dashtam account and everything in it will be erased on {}.", moment(*due)),
        )
        .and("Until then you can keep it:")
        .button("Keep my account", cancel),
        MailContent::Invitation { link, hours } => Letter::new(
            "Your Dashtam Account Is Ready",
            "A Dashtam account was made for you. One step is left: choose your password. Nobody else will know it.",
        )
        .button("Choose my password", link)
        .note(format!(
            "The link works once, for {}. After that, ask for another one where you sign in.",
            span(TimeDelta::hours(*hours))
        )),
        MailContent::AccountClosed { due } => Letter::of_safety(
            "Your Dashtam Account Was Closed",
            format!(
                "Whoever runs this Dashtam closed your account. It and everything in it will be erased on {}.",
                moment(*due)
            ),
        ),
        MailContent::SecondFactorResetRequested { due, keep } => Letter::of_safety(
            "Your Dashtam Second Factor Will Be Removed",
            format!(
                "Whoever runs this Dashtam was asked to remove the second factor of your account, because it was \
                 lost. That happens on {}.",
                moment(*due)
            ),
        )
        .and("If you did not ask for it, keep the second factor. Signing in with it does the same:")
        .button("Keep my second factor", keep),
        MailContent::SecondFactorReset { sign_in } => Letter::of_safety(
            "Your Dashtam Second Factor Was Removed",
            "The second factor of your Dashtam account was removed, and every session was signed out. Your password is \
             all a sign-in asks for until you set up another one.",
        )
        .button("Sign in", sign_in),
        MailContent::ConnectionExpiring { alias, at, link } => Letter::new(
            "A Dashtam Connection Needs You Soon",
            format!(
                "Your institution lets Dashtam read \u{201c}{alias}\u{201d} until {}. Sign in there again before, and \
                 nothing is interrupted:",
                moment(*at)
            ),
        )
        .button("Renew the connection", link),
        MailContent::ConnectionExpired { alias, link } => Letter::new(
            "A Dashtam Connection Has Expired",
            format!(
                "Your institution no longer lets Dashtam read \u{201c}{alias}\u{201d}. What was read stays; to go on, \
                 sign in there again:"
            ),
        )
        .button("Renew the connection", link),
        MailContent::FactorCode { code, until } => Letter::new(
            "Your Dashtam Code",
            "You are setting up codes by mail as the second factor of your Dashtam account. Your code is:",
        )
        .and(code.expose())
        .note(format!(
            "It works until {}. You did not ask for it? Then somebody is signed in to your account: change your \
             password. Never give a code to anybody.",
            moment(*until)
        )),
        MailContent::SecondFactorChanged { change, at, reset } => {
            let (subject, what) = changed(*change);
            Letter::of_safety(subject, format!("{what} This was done on {}.", moment(*at)))
                .and("If it was not you, choose a new password at once and look at your second factor:")
                .button("Reset my password", reset)
        }
        MailContent::BackupCodeUsed { left, few, at, reset } => {
            let (verb, codes) = if *left == 1 { ("is", "code") } else { ("are", "codes") };
            let count = format!(
                "A backup code of your Dashtam account was used on {}. There {verb} {left} backup {codes} left.",
                moment(*at)
            );
            let letter = Letter::of_safety("A Dashtam Backup Code Was Used", count);
            let letter = if *few { letter.and("Make new ones before you run out.") } else { letter };
            letter
                .and("If it was not you, choose a new password at once:")
                .button("Reset my password", reset)
        }
        MailContent::SecondFactorGuessed { at, reset } => Letter::of_safety(
            "Somebody Has Your Dashtam Password",
            format!(
                "On {}, somebody who knows your password showed wrong codes for your second factor, five in a row. \
                 The second factor kept them out.",
                moment(*at)
            ),
        )
        .and("If it was you, there is nothing to do. If not, choose a new password:")
        .button("Reset my password", reset),
        MailContent::Test => Letter::new(
            "A Test of Dashtam's Mail",
            "Whoever runs this Dashtam sent this message to see whether mails arrive. This one did; there is nothing \
             to do.",
        ),
    }
}

/// What became of a second factor: a subject and a sentence.
fn changed(change: FactorChange) -> (&'static str, &'static str) {
    match change {
        FactorChange::TotpEnabled => (
            "Your Dashtam Account Has a Second Factor",
            "From now on a sign-in to your Dashtam account asks for a code of your authenticator. Other sessions that \
             were begun without one were signed out.",
        ),
        FactorChange::EmailEnabled => (
            "Your Dashtam Account Has a Second Factor",
            "From now on a sign-in to your Dashtam account asks for a code that is mailed to you. Other sessions that \
             were begun without one were signed out.",
        ),
        FactorChange::Downgraded => (
            "Your Dashtam Account Has a Weaker Second Factor",
            "From now on a sign-in to your Dashtam account asks for a code by mail instead of one of your \
             authenticator. Codes by mail protect you less.",
        ),
        FactorChange::Disabled => (
            "Your Dashtam Account Has No Second Factor Any More",
            "From now on the password alone signs in to your Dashtam account.",
        ),
        FactorChange::BackupCodesReplaced => (
            "Your Dashtam Backup Codes Were Replaced",
            "Your Dashtam account has new backup codes. The earlier ones do not work any more.",
        ),
    }
}

/// A span in its greatest unit that divides it, e.g. `1 hour`, `90 minutes`.
fn span(time: TimeDelta) -> String {
    let minutes = time.num_minutes();
    let (count, unit) = match minutes {
        m if m % 1_440 == 0 && m > 1_440 => (m / 1_440, "day"),
        m if m % 60 == 0 => (m / 60, "hour"),
        m => (m, "minute"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// Describes a client on one line.
fn described(client: &ClientNote) -> String {
    let mut line = client.device.clone();
    if let Some(location) = &client.location {
        line.push_str(&format!(", {location}"));
    }
    if let Some(address) = client.address {
        line.push_str(&format!(", address {address}"));
    }
    format!("{line}, on {}.", moment(client.at))
}
