//! What surrounds every page: its title, the navigation, and what was said of the form before.

use std::borrow::Cow;

use crate::assets;

/// The surroundings of a page.
pub(crate) struct Frame {
    pub(crate) title: String,
    pub(crate) style: &'static str,
    pub(crate) script: &'static str,
    pub(crate) icon: &'static str,
    /// The place in the navigation where the page is.
    pub(crate) here: &'static str,
    pub(crate) signed_in: bool,
    /// Whether somebody is signed in who looks after accounts of others.
    pub(crate) manages: bool,
    /// The token of the session, for the forms of the page.
    pub(crate) csrf: String,
    pub(crate) said: Option<Cow<'static, str>>,
    /// Whether the page asks for itself again until something has ended.
    pub(crate) renews: bool,
    /// Whether everything here is made up.
    pub(crate) is_demo: bool,
}

impl Frame {
    pub(crate) fn new(title: String, here: &'static str, signed_in: bool) -> Self {
        let [style, script, icon] = assets::places();
        Self {
            title,
            style,
            script,
            icon,
            here,
            signed_in,
            manages: false,
            csrf: String::new(),
            said: None,
            renews: false,
            is_demo: false,
        }
    }

    pub(crate) fn with_csrf(self, csrf: String) -> Self {
        Self { csrf, ..self }
    }

    pub(crate) fn of_demo(self, is_demo: bool) -> Self {
        Self { is_demo, ..self }
    }

    pub(crate) fn managing(self, manages: bool) -> Self {
        Self { manages, ..self }
    }

    pub(crate) fn renewing(self, renews: bool) -> Self {
        Self { renews, ..self }
    }

    /// Whether the page is one of those to which the navigation leads by way of "More".
    pub(crate) fn is_further(&self) -> bool {
        !matches!(self.here, "" | "overview" | "accounts" | "transactions" | "spending")
    }

    /// Of which events the page says that there is something new, by their names.
    pub(crate) fn news(&self) -> &'static str {
        match self.here {
            _ if !self.signed_in => "",
            "overview" => {
                "transactions.changed sync.completed sync.failed connection.needs_action reconciliation.suggested"
            }
            "accounts" | "transactions" | "spending" | "recurring" | "portfolio" => "transactions.changed",
            "review" => "transactions.changed reconciliation.suggested",
            _ => "",
        }
    }

    /// Says what the form before has done, by its name in the address: no words that others could put there. Whoever makes a
    /// link with another name has one of these sentences said, and nothing done.
    pub(crate) fn saying(self, name: &str) -> Self {
        let said = match name {
            "welcome" => "Your account is ready, and you are signed in.",
            "signed-out" => "You are signed out.",
            "ended" => "You were signed out. Sign in to go on where you were.",
            "syncing" => "The synchronisation has begun.",
            "prices" => "The prices were taken in.",
            "prices-gone" => "The prices were removed.",
            "removed" => "The connection was removed, with its accounts and transactions.",
            "linked" => "The connection is linked. Its accounts are being fetched.",
            "category" => "The category was changed.",
            "category-back" => "The category is what it was before.",
            "matched" => "The two are one transaction now.",
            "transferred" => "The two are a transfer now, and neither spent nor earned.",
            "parted" => "They stay as they are, and are not suggested again.",
            "match-undone" => "They are as they were before, and are not suggested again.",
            "rule-saved" => {
                "The rule is saved. It is asked about what comes in from now on; apply the rules to have it asked about all."
            }
            "rule-changed" => "The rule was changed, and is asked again about what it decided.",
            "rule-moved" => "The rule was moved.",
            "rule-on" => "The rule is on.",
            "rule-off" => "The rule is off. What it decided stays.",
            "rule-removed" => "The rule was removed.",
            "category-made" => "The category was added.",
            "category-changed" => "The category was changed, and so it is wherever it was given.",
            "category-archived" => "The category is put away.",
            "category-offered" => "The category is offered again.",
            "category-removed" => "The category was removed.",
            "refused" => "Nothing is learned of this payee from now on.",
            "unrefused" => "It is learned of this payee again.",
            "forgotten" => "What was learned is forgotten. What you chose stays.",
            "lots" => "The lots of this account are reckoned by that method from now on.",
            "named" => "The lots of this sale were saved.",
            "targets" => "The targets were saved.",
            "unnamed" => "No lots of this sale are named any more.",
            "noted" => "The note was saved.",
            "tagged" => "The tags were saved.",
            "hidden" => "It is left out of lists and sums.",
            "unhidden" => "It is in lists and sums again.",
            "bulk" => "The transactions were changed.",
            "bulk-same" => "They were like that already. Nothing was changed.",
            "bulk-undone" => "They are what they were before.",
            "bulk-undone-partly" => "What was changed since stays as it is. The rest is what it was before.",
            "bulk-late" => "That can no longer be undone: it was already, or another change came after it.",
            "split" => "The parts were saved.",
            "whole" => "It is one again.",
            "given-back" => "It is what it was without you.",
            "confirmed" => "It is kept as one that comes back.",
            "dismissed" => "It is left out from now on.",
            "renamed" => "The name was changed.",
            "link-sent" => "If the address waits to be proved, a mail with a link is on its way.",
            "code-ended" => "That took too long, or too many codes were wrong. Sign in again.",
            "code-sent" => "Another code is on its way.",
            "imported" => "The file was imported.",
            "files-imported" => "The files were imported.",
            "import-undone" => "The import was undone. What it brought is gone.",
            "registered" => "Look into your mailbox: a mail there tells how to go on.",
            "reset-sent" => {
                "If there is such an account, a mail with a link to choose a new password is on its way."
            }
            "login-link" => "If that account may, it gets a mail with a link. Open it in this browser.",
            "saved" => "Your profile was saved.",
            "email-asked" => "A link is on its way to the new address. Follow it, and the address counts.",
            "password" => "The password was changed, and every other session has ended.",
            "session-ended" => "That session has ended.",
            "others-ended" => "Every other session has ended.",
            "key-made" => "The key was made. If you did not copy it, revoke it and make another one.",
            "key-revoked" => "The key was revoked. Nothing can sign in with it any more.",
            "notifications" => "What you hear of was saved.",
            "webhook-made" => "The webhook was made. If you did not copy its secret, give it another one.",
            "webhook-tried" => "A message is on its way to it.",
            "webhook-again" => "The message is on its way once more.",
            "webhook-on" => "It is told what happens from now on.",
            "webhook-off" => "It is told nothing any more.",
            "webhook-removed" => "The webhook was removed, with all that was sent to it.",
            "export-removed" => "The export was removed, with its file.",
            "factor-off" => "The second step is off.",
            "user-made" => "The account was made. Its owner gets a mail with a link to choose a password.",
            "user-changed" => "The account was changed.",
            "user-on" => "The account is switched on.",
            "user-off" => "The account is switched off, and signed out everywhere.",
            "user-password" => "The owner of the account gets a mail with a link to choose a password.",
            "user-factor" => "The owner is told, and can keep the second step for a day.",
            "user-sessions" => "Every session of the account has ended, and its API keys with them.",
            "user-unlocked" => "The account has all its tries back.",
            "user-not-locked" => "There is no lock on the account.",
            "user-deleted" => {
                "The account is closed and will be erased. Until then, switching it on keeps it."
            }
            "key-published" => {
                "The next key is published. It signs once everybody may be expected to know it."
            }
            "key-replaced" => "Another key signs now. Every access token made before is void.",
            "key-rotated-before" => {
                "The key was rotated already since you had opened the form. Nothing more was done."
            }
            "tokens-rotated" => "Sessions that began before end when the time that you gave is over.",
            "tokens-rotated-before" => {
                "Tokens were made void already since you had opened the form. Nothing more was done."
            }
            "mail-sent" => "The mail is sent again.",
            "mail-dropped" => "The mail was removed.",
            "mail-before" => "That mail was sent again or removed before. Nothing more was done.",
            "deleting" => "Your account will be deleted. The mail to you tells until when it can be kept.",
            _ => return self,
        };
        Self { said: Some(said.into()), ..self }
    }

    /// Says this instead, if there is something to say. Of an address it may hold bounded numbers and no words.
    pub(crate) fn telling(self, said: Option<String>) -> Self {
        Self { said: said.map(Cow::Owned).or(self.said), ..self }
    }
}
