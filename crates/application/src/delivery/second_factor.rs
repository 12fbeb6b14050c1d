//! The mails about second factors.

use dashtam_domain::{
    delivery::{
        OutboxItem,
        mail::{ClientNote, MailContent},
    },
    event::DomainEvent,
    identity::SecondFactor,
};

use super::Delivery;

impl Delivery {
    /// What an event about a second factor is mailed as; nothing when it no longer matters.
    pub(super) fn about_second_factor(&self, item: &OutboxItem) -> Option<MailContent> {
        let reset = || self.policy.page("forgot-password");
        Some(match &item.event {
            // Made again from the item, so that every attempt mails the same code.
            DomainEvent::SignInCodeRequested { device, location, until, .. }
                if *until >= self.sources.clock.now() =>
            {
                let (device, location) = (device.clone(), location.clone());
                MailContent::SignInCode {
                    code: self.email_codes.derive(item.id).into_secret(),
                    client: ClientNote { at: item.created_at, device, location, address: None },
                    until: *until,
                }
            }
            DomainEvent::FactorCodeRequested { until, .. } if *until >= self.sources.clock.now() => {
                MailContent::FactorCode {
                    code: self.email_codes.derive(item.id).into_secret(),
                    until: *until,
                }
            }
            DomainEvent::SecondFactorChanged { change, at, .. } => {
                MailContent::SecondFactorChanged { change: *change, at: *at, reset: reset() }
            }
            DomainEvent::BackupCodeUsed { left, at, .. } => {
                let few = *left <= SecondFactor::FEW_BACKUP_CODES;
                MailContent::BackupCodeUsed { left: *left, few, at: *at, reset: reset() }
            }
            DomainEvent::SecondFactorGuessed { at, .. } => {
                MailContent::SecondFactorGuessed { at: *at, reset: reset() }
            }
            _ => return None,
        })
    }
}
