//! The mails about second factors.

use dashtam_domain::{
    delivery::{OutboxItem, mail::MailContent},
    event::DomainEvent,
    identity::SecondFactor,
};

use super::Delivery;

impl Delivery {
    /// What an event about a second factor is mailed as; nothing when it no longer matters.
    pub(super) fn about_second_factor(&self, item: &OutboxItem) -> Option<MailContent> {
        let reset = || self.policy.page("forgot-password");
        Some(match item.event {
            DomainEvent::FactorCodeRequested { until, .. } if until >= self.sources.clock.now() => {
                MailContent::FactorCode { code: self.email_codes.derive(item.id).into_secret(), until }
            }
            DomainEvent::SecondFactorChanged { change, at, .. } => {
                MailContent::SecondFactorChanged { change, at, reset: reset() }
            }
            DomainEvent::BackupCodeUsed { left, at, .. } => {
                let few = left <= SecondFactor::FEW_BACKUP_CODES;
                MailContent::BackupCodeUsed { left, few, at, reset: reset() }
            }
            DomainEvent::SecondFactorGuessed { at, .. } => {
                MailContent::SecondFactorGuessed { at, reset: reset() }
            }
            _ => return None,
        })
    }
}
