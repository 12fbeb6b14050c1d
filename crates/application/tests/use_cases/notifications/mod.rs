//! Notifications: what is wanted, what is told, and that nothing is told twice.

mod overtaken;
mod preferences;
mod tell;

use chrono::TimeDelta;
use dashtam_application::{
    Dashtam,
    delivery::Dispatch,
    notifications::{SetNotifications, TellNotifications},
};
use dashtam_domain::{
    call::Call,
    delivery::mail::MailContent,
    delivery::notification::{LargeFrom, LowBelow, Notification, NotificationSwitches},
    identity::User,
    ledger::{Account, Transaction},
    live::LiveBody,
    money::Currency,
    sources::Clock,
    store::Storage,
    time::Day,
};
use dashtam_memory::MemoryStore;
use dashtam_testkit::builders::{self, decimal};

use crate::world::World;

/// The program on a store in memory, with a user who has an account.
struct Place {
    world: World,
    storage: Storage,
    dashtam: Dashtam,
    account: Account,
}

impl Place {
    async fn new() -> Self {
        let world = World::new();
        let storage = MemoryStore::new().storage();
        let user = User { email_verified_at: Some(builders::at(1)), ..builders::user() };
        let user = User { id: world.owner, ..user };
        let account = builders::file_account(world.owner, "1");
        let mut unit = storage.store.begin().await.unwrap();
        unit.users().insert_if_absent(&user).await.unwrap();
        unit.accounts().upsert(&account).await.unwrap();
        unit.commit().await.unwrap();
        let dashtam = world.build_on(storage.clone());
        Self { world, storage, dashtam, account }
    }

    /// A call of the user, now.
    fn call(&self) -> Call {
        Call { now: self.world.clock.now(), ..self.world.call() }
    }

    fn system(&self) -> Call {
        Call::system(self.world.clock.now())
    }

    fn today(&self) -> Day {
        self.world.clock.now().day()
    }

    fn later(&self, by: TimeDelta) {
        self.world.clock.advance(by);
    }

    async fn want(&self, request: SetNotifications) {
        self.dashtam.notifications().set(&self.call(), request).await.unwrap();
    }

    /// A transaction that comes in now.
    async fn add(&self, name: &str, day: Day, amount: &str) -> Transaction {
        let row = Transaction {
            amount: decimal(amount),
            description: name.to_owned(),
            created_at: self.world.clock.now(),
            ..builders::transaction(&self.account, &format!("{name} {day} {amount}"), day)
        };
        let mut unit = self.storage.store.begin().await.unwrap();
        unit.transactions().insert(std::slice::from_ref(&row)).await.unwrap();
        unit.commit().await.unwrap();
        row
    }

    /// The account has another balance.
    async fn balance(&self, amount: &str) {
        let account = Account { balance: Some(decimal(amount)), ..self.account.clone() };
        let mut unit = self.storage.store.begin().await.unwrap();
        unit.accounts().upsert(&account).await.unwrap();
        unit.commit().await.unwrap();
    }

    /// Something happened, whatever.
    async fn happens(&self) {
        let (owner, now) = (self.world.owner, self.world.clock.now());
        let mut unit = self.storage.store.begin().await.unwrap();
        unit.live_events().append(owner, now, LiveBody::ReconciliationSuggested).await.unwrap();
        unit.commit().await.unwrap();
    }

    /// A round of telling; how many people were looked at.
    async fn tell(&self) -> usize {
        self.dashtam.notifications().tell(&self.system(), TellNotifications).await.unwrap()
    }

    /// What is told a quarter of an hour later, of the mails that this makes.
    async fn told(&self) -> Vec<Vec<Notification>> {
        self.later(TimeDelta::minutes(15));
        let before = self.world.mailer.sent().len();
        while self.tell().await > 0 {}
        while self.dashtam.delivery().dispatch(&self.system(), Dispatch).await.unwrap() > 0 {}
        let mails = self.world.mailer.sent().split_off(before);
        let content = |content: MailContent| match content {
            MailContent::Notifications { notifications, more: 0, manage } => {
                let settings = "https://dashtam.example/app/settings/notifications";
                assert_eq!(manage.as_str(), settings);
                notifications
            }
            other => panic!("another mail: {other:?}"),
        };
        mails.into_iter().map(|mail| content(mail.content)).collect()
    }
}

/// Nothing is wanted.
fn nothing() -> SetNotifications {
    SetNotifications { switches: NotificationSwitches::default(), large: Vec::new(), low: Vec::new() }
}

fn large(amount: &str) -> SetNotifications {
    let from = LargeFrom { currency: Currency::USD, amount: decimal(amount) };
    SetNotifications { large: vec![from], ..nothing() }
}

fn low(account: &Account, amount: &str) -> SetNotifications {
    SetNotifications { low: vec![LowBelow { account: account.id, amount: decimal(amount) }], ..nothing() }
}
