//! The key of an authenticator that no key of the installation opens: said, not broken, and backup codes still work.

use std::sync::Arc;

use dashtam_application::{
    factor::{ConfirmTotp, DisableTotp, EnrolTotp, SecondFactorError},
    sealed::{ForgetLost, Keys},
    sign_in::{SecondStepError, ShownFactor, StepUp, StepUpError},
};
use dashtam_domain::{
    call::Call,
    fault::{Fault, FaultKind},
    identity::{AuditAction, FactorMethod, PlainPassword},
    page::Limit,
    sealed::SealedField,
    secret::{Sealed, SecretText},
};
use dashtam_testkit::fakes::XorCipher;

use super::{first_step, second_step, totp, with_totp};
use crate::{
    account::{Flow, PASSWORD, Person},
    world::assert_refused,
};

/// Puts a value under a key that is lost in the place of this one.
async fn lose(flow: &Flow, field: SealedField, person: &Person) {
    let values = flow.disk.storage.queries.sealed_values(field, None, Limit::default()).await.unwrap();
    let value = values.items.into_iter().find(|value| value.row == person.user.0).unwrap();
    let mut unit = flow.disk.storage.store.begin().await.unwrap();
    let lost = Sealed::new("gAAAAA under a key that is lost");
    assert!(unit.sealed_values().replace_if_same(field, &value, &lost).await.unwrap());
    unit.commit().await.unwrap();
}

async fn forget(flow: &Flow, field: SealedField) -> u64 {
    let keys = Keys::new(&flow.disk.storage, dashtam_local::sources(), Arc::new(XorCipher));
    let request = ForgetLost { field, after: None, limit: Limit::default() };
    keys.forget_lost(&Call::system(flow.now()), request).await.unwrap().forgotten
}

#[tokio::test]
async fn a_sign_in_says_what_to_do_and_a_backup_code_completes_it() {
    // As the operator finds it, and after it was given up.
    for forgotten in [false, true] {
        let (flow, ada, factor) = with_totp().await;
        lose(&flow, SealedField::TotpKey, &ada).await;
        if forgotten {
            assert_eq!(forget(&flow, SealedField::TotpKey).await, 1);
            assert_eq!(flow.trail(ada.user).await.last(), Some(&AuditAction::SecretForgotten));
        }
        let challenged = first_step(&flow).await;
        let error = totp(&flow, &challenged, &factor.wrong(&flow)).await.unwrap_err();
        assert_refused!(Err::<(), _>(&error), SecondStepError::SecondFactorLost);
        assert_eq!((error.kind(), error.code()), (FaultKind::Conflict, "second-factor-key-lost"));
        assert!(error.to_string().contains("backup code"), "{error}");

        let shown = |at: usize| SecretText::new(factor.backup_codes[at].shown().expose());
        let password = || PlainPassword::presented(PASSWORD).unwrap();
        let (method, code) = (FactorMethod::Totp, SecretText::new("123456"));
        let second = Some(ShownFactor { method, code, challenge: None });
        let step = StepUp { password: Some(password()), second };
        let refused = flow.dashtam.step_ups().step_up(&flow.by(&ada), step).await;
        assert_refused!(refused.map(drop), StepUpError::SecondFactorLost);

        second_step(&flow, &challenged, FactorMethod::BackupCode, &shown(0)).await.unwrap();
        let disable = |method, code| DisableTotp { password: password(), method, code };
        let factors = flow.dashtam.second_factors();
        let by_code = disable(FactorMethod::Totp, SecretText::new("123456"));
        assert_refused!(factors.disable_totp(&flow.by(&ada), by_code).await, SecondFactorError::KeyLost);
        factors.disable_totp(&flow.by(&ada), disable(FactorMethod::BackupCode, shown(1))).await.unwrap();
    }
}

#[tokio::test]
async fn an_enrolment_under_way_begins_again() {
    let (flow, ada) = Flow::with_ada().await;
    let factors = flow.dashtam.second_factors();
    factors.enrol_totp(&flow.by(&ada), EnrolTotp).await.unwrap();
    lose(&flow, SealedField::PendingTotpKey, &ada).await;
    let confirm = || ConfirmTotp { code: SecretText::new("123456") };
    let refused = factors.confirm_totp(&flow.by(&ada), confirm()).await;
    assert_refused!(refused.map(drop), SecondFactorError::EnrolmentLost);
    assert_eq!(forget(&flow, SealedField::PendingTotpKey).await, 1);
    let refused = factors.confirm_totp(&flow.by(&ada), confirm()).await;
    assert_refused!(refused.map(drop), SecondFactorError::InvalidCode);
    assert_eq!(forget(&flow, SealedField::PendingTotpKey).await, 0);
}
