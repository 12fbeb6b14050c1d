//! The balance of an account over time, on a real database.

use dashtam_application::ledger::{HistoryInterval, LONGEST_HISTORY, LedgerError, ShowBalanceHistory};
use dashtam_domain::{
    id::AccountId,
    ledger::{BalancePoint, Transaction},
    time::Day,
};
use dashtam_testkit::builders::{self, decimal};

use crate::{database::Disk, world::assert_refused};

fn day(month: u32, day: u32) -> Day {
    Day::new(2026, month, day).unwrap()
}

#[tokio::test]
async fn what_was_told_and_what_moved_make_the_balance_of_each_interval() {
    let (world, disk) = Disk::open(|_| {}).await;
    let dashtam = world.build_on(disk.storage.clone());
    let account = builders::file_account(world.owner, "1");
    let row = |id: &str, day: Day, amount: &str| Transaction {
        amount: decimal(amount),
        ..builders::transaction(&account, id, day)
    };
    let told = |day: Day, balance: &str| BalancePoint {
        as_of: day.start(),
        ..builders::balance(&account, balance, 0)
    };
    let foreign = Transaction { currency: "EUR".parse().unwrap(), ..row("e", day(3, 9), "5") };
    let mut unit = disk.storage.store.begin().await.unwrap();
    unit.accounts().upsert(&account).await.unwrap();
    let rows =
        [row("a", day(2, 10), "-20"), row("b", day(3, 2), "100"), row("c", day(3, 15), "-30"), foreign];
    unit.transactions().insert(&rows).await.unwrap();
    let euros = BalancePoint { currency: "EUR".parse().unwrap(), ..told(day(3, 20), "1") };
    unit.balances().record(&[told(day(2, 28), "480"), told(day(3, 31), "540"), euros]).await.unwrap();
    unit.commit().await.unwrap();

    let ask = async |from, to, interval| {
        let request = ShowBalanceHistory { account: account.id, from: Some(from), to: Some(to), interval };
        dashtam.ledger().balance_history(&world.call(), request).await
    };
    let history = ask(day(1, 15), day(4, 10), HistoryInterval::Month).await.unwrap();
    let shown: Vec<_> = history
        .balances
        .iter()
        .map(|of| (of.end.day, of.end.balance, of.end.basis.as_str(), of.movements))
        .collect();
    let expected = [
        (day(1, 31), None, "unknown", "0"),
        (day(2, 28), Some("480"), "stated", "-20"),
        (day(3, 31), Some("540"), "stated", "70"),
        (day(4, 10), Some("540"), "forward", "0"),
    ];
    assert_eq!(
        shown,
        expected.map(|(day, balance, basis, moved)| (day, balance.map(decimal), basis, decimal(moved)))
    );
    let gap = history.gaps[0];
    assert_eq!((gap.from, gap.to, gap.amount), (day(3, 1), day(3, 31), decimal("-10")));
    assert_eq!(history.unconverted, [("EUR".parse().unwrap(), 1)]);

    let weeks = ask(day(2, 26), day(3, 3), HistoryInterval::Week).await.unwrap();
    assert_eq!(weeks.balances.iter().map(|of| of.end.day).collect::<Vec<_>>(), [day(3, 1), day(3, 3)]);
    let days = ask(day(2, 9), day(2, 11), HistoryInterval::Day).await.unwrap();
    let balances: Vec<_> = days.balances.iter().filter_map(|of| of.end.balance).collect();
    assert_eq!(balances, ["500", "480", "480"].map(decimal));

    assert_refused!(ask(day(2, 2), day(2, 1), HistoryInterval::Day).await, LedgerError::UnsuitableTime);
    let long = day(1, 1).plus_days(LONGEST_HISTORY + 1);
    assert_refused!(ask(day(1, 1), long, HistoryInterval::Month).await, LedgerError::UnsuitableTime);
    let nobodys = ShowBalanceHistory {
        account: AccountId(builders::id()),
        from: None,
        to: None,
        interval: HistoryInterval::Day,
    };
    let refused = dashtam.ledger().balance_history(&world.call(), nobodys).await;
    assert_refused!(refused, LedgerError::NotFound("account"));
}
