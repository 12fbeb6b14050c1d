//! Everything an account holds, in one archive.

use std::collections::BTreeMap;

use dashtam_application::profile::{ArchiveItem, ExportArchive};
use dashtam_domain::{
    delivery::notification::{
        LargeFrom, NotificationPreferences, NotificationSettings, NotificationSwitches,
    },
    id::{UserId, WebhookId},
    identity::AuditAction,
    ledger::{
        AssetClass, HoldingSnapshot, SecurityFacts, TransactionStatus, identify,
        portfolio::{PriceKey, PriceSource, SecurityPrice, Target, TargetOf, Targets},
    },
    live::LiveKinds,
    money::{Currency, Decimal},
    secret::Sealed,
    webhook::Webhook,
};
use dashtam_testkit::builders::{self, at, day};

use super::Flow;

fn webhook(owner: UserId) -> Webhook {
    Webhook {
        id: WebhookId(builders::id()),
        owner,
        url: "https://hooks.example/".parse().unwrap(),
        description: None,
        kinds: LiveKinds::all(),
        disabled: None,
        secret: Some(Sealed::new("sealed")),
        previous: None,
        position: 0,
        waiting: 0,
        failing_since: None,
        due_at: None,
        held_until: None,
        created_at: at(1),
        updated_at: at(1),
    }
}

#[tokio::test]
async fn an_archive_holds_everything_of_its_owner_and_nothing_of_others() {
    let (flow, ada) = Flow::with_ada().await;
    let mut unit = flow.disk.storage.store.begin().await.unwrap();
    let mut owners = BTreeMap::new();
    for owner in [ada.user, flow.world.owner] {
        let account = builders::file_account(owner, "1");
        owners.insert(account.id, owner);
        unit.accounts().upsert(&account).await.unwrap();
        let mut rows: Vec<_> =
            (0..1_201).map(|n| builders::transaction(&account, &n.to_string(), day(n % 9))).collect();
        rows[7].status = TransactionStatus::Removed;
        rows[8].status = TransactionStatus::Pending;
        unit.transactions().insert(&rows).await.unwrap();
        unit.balances().record(&[builders::balance(&account, "1", 1)]).await.unwrap();
        unit.holdings().replace(owner, account.id, &[builders::holding(&account, "h")]).await.unwrap();
        let held = HoldingSnapshot {
            owner,
            account: account.id,
            day: day(1),
            import: None,
            taken_at: at(1),
            value: None,
            positions: ["a", "b"].map(|key| (&builders::holding(&account, key)).into()).into(),
        };
        unit.holding_days().take(&held).await.unwrap();
        unit.categories().put(&builders::category(owner, "Tea")).await.unwrap();
        unit.streams().put_mark(&builders::stream_mark(&account)).await.unwrap();
        unit.rules().put(&[builders::rule(owner, 1)]).await.unwrap();
        unit.payees().put(&[builders::payee(owner, "Tea Shop")]).await.unwrap();
        unit.saved_views().put(&builders::saved_view(owner, "Coffee")).await.unwrap();
        unit.saved_layouts().keep(&builders::saved_layout(owner, "When")).await.unwrap();
        // Whose it is, its figure tells.
        let percent = if owner == ada.user { Decimal::ONE } else { Decimal::TWO };
        let target = Target { of: TargetOf::Class(AssetClass::Equity), currency: Currency::EUR, percent };
        unit.allocation_targets().put_all(owner, &Targets::new(vec![target]).unwrap(), at(1)).await.unwrap();
        let facts = SecurityFacts { symbol: Some("ALL".to_owned()), ..SecurityFacts::default() };
        let made = identify(owner, &[facts], Vec::new(), builders::id, at(1)).written;
        unit.securities().put(owner, &made, &[]).await.unwrap();
        let source = PriceSource::parse("file").unwrap();
        let key = PriceKey { security: made[0].id, day: day(1), source };
        let price = SecurityPrice::new(key, percent, Currency::EUR, false, at(1)).unwrap();
        unit.security_prices().store(owner, &[price]).await.unwrap();
        unit.webhooks().put(&webhook(owner)).await.unwrap();
        let large = vec![LargeFrom { currency: Currency::EUR, amount: percent }];
        let wanted =
            NotificationPreferences::new(NotificationSwitches::default(), large, Vec::new()).unwrap();
        unit.notifications().put(&NotificationSettings::new(owner, wanted, 0, at(1))).await.unwrap();
        unit.imports().insert(&builders::import(owner)).await.unwrap();
        unit.connections().insert_if_absent(&builders::connection(owner, "Mine")).await.unwrap();
    }
    unit.commit().await.unwrap();

    let mut archive = flow.dashtam.profile().export(&flow.by(&ada), ExportArchive).await.unwrap();
    let (mut counts, mut stored) = (BTreeMap::<&str, usize>::new(), BTreeMap::<&str, usize>::new());
    while let Some(page) = archive.next().await.unwrap() {
        assert!(page.len() <= 500, "memory is bounded by a page");
        for item in page {
            let (kind, owner) = match &item {
                ArchiveItem::User(user) => ("user", user.id),
                ArchiveItem::SecondFactor(_) => ("second_factor", ada.user),
                ArchiveItem::Session(session) => ("session", session.user),
                ArchiveItem::Provider(provider) => ("provider", provider.connection.owner),
                ArchiveItem::Account(account) => ("account", account.owner),
                ArchiveItem::HoldingDay(of) => ("holding_day", owners[&of.0]),
                ArchiveItem::Category(category) => ("category", category.owner),
                ArchiveItem::StreamMark(mark) => ("stream_mark", mark.owner),
                ArchiveItem::Rule(rule) => ("rule", rule.owner),
                ArchiveItem::Payee(payee) => ("payee", payee.owner),
                ArchiveItem::SavedLayout(layout) => ("saved_layout", layout.owner),
                ArchiveItem::SavedView(view) => ("saved_view", view.owner),
                ArchiveItem::AllocationTarget(target) => {
                    let is_hers = target.percent == Decimal::ONE;
                    ("allocation_target", if is_hers { ada.user } else { flow.world.owner })
                }
                ArchiveItem::Notifications(wanted) => {
                    let is_hers = wanted.large_from(Currency::EUR) == Some(Decimal::ONE);
                    ("notifications", if is_hers { ada.user } else { flow.world.owner })
                }
                ArchiveItem::Security(security) => ("security", security.owner),
                ArchiveItem::SecurityPrice(price) => {
                    let is_hers = price.price == Decimal::ONE;
                    ("security_price", if is_hers { ada.user } else { flow.world.owner })
                }
                ArchiveItem::Holding(holding) => ("holding", holding.owner),
                ArchiveItem::Balance(point) => ("balance", point.owner),
                ArchiveItem::Transaction(row) => ("transaction", row.owner),
                ArchiveItem::Decision(decision) => ("decision", decision.owner),
                ArchiveItem::Import(import) => ("import", import.owner),
                ArchiveItem::Webhook(webhook) => ("webhook", webhook.owner),
                ArchiveItem::AuditLine(line) => ("audit", line.user.unwrap()),
                ArchiveItem::Stored(part, row) => {
                    assert!(!row.0.contains(&flow.world.owner.to_string()), "{row:?}");
                    *stored.entry(*part).or_default() += 1;
                    continue;
                }
            };
            assert_eq!(owner, ada.user, "{item:?}");
            *counts.entry(kind).or_default() += 1;
        }
    }
    let expected = [
        ("account", 1),
        ("allocation_target", 1),
        ("audit", 4),
        ("balance", 1),
        ("category", 1),
        ("rule", 1),
        ("holding", 1),
        ("holding_day", 2),
        ("import", 1),
        ("notifications", 1),
        ("payee", 1),
        ("provider", 1),
        ("saved_layout", 1),
        ("saved_view", 1),
        ("security", 1),
        ("security_price", 1),
        ("session", 1),
        ("stream_mark", 1),
        ("transaction", 1_201),
        ("user", 1),
        ("webhook", 1),
    ];
    assert_eq!(counts, expected.into());
    // The same things as they are stored, for another server.
    for (part, rows) in
        [("users", 1), ("accounts", 1), ("holding_days", 2), ("transactions", 1_201), ("rules", 1)]
    {
        assert_eq!(stored.get(part), Some(&rows), "{part}: {stored:?}");
    }
    assert!(archive.is_steady().await.unwrap());
    let mut unit = flow.disk.storage.store.begin().await.unwrap();
    unit.accounts().upsert(&builders::file_account(ada.user, "2")).await.unwrap();
    unit.commit().await.unwrap();
    assert!(!archive.is_steady().await.unwrap());
    assert_eq!(flow.trail(ada.user).await.last(), Some(&AuditAction::DataExported));
    assert!(at(0) < flow.now());
}
