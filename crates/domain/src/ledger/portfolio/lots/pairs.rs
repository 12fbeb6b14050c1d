//! Two happenings that are one: units that went from one account of an owner to another, and options with what they delivered.

use std::collections::BTreeMap;

use crate::{
    id::{AccountId, SecurityId},
    money::Decimal,
    time::Day,
};

use super::{Action, Happening};

/// How many days may lie between the two sides of units that moved.
pub const TRANSFER_DAYS: i64 = 10;
/// How many days may lie between the end of an option and what it delivered.
const DELIVERY_DAYS: i64 = 3;
/// So many pairs are looked at at most: far more than honest sources make. What is not looked at has no other side.
const MOST_PAIRS: usize = 400_000;

/// Places of happenings by their days.
type ByDay = Vec<(Day, usize)>;

/// Those that are at most so many days from this one.
fn near(of: &ByDay, day: Day, days: i64) -> impl Iterator<Item = (i64, usize)> {
    let begin = of.partition_point(|(other, _)| *other < day.plus_days(-days));
    let near = of[begin..].iter().take_while(move |(other, _)| *other <= day.plus_days(days));
    near.map(move |(other, at)| (other.days_since(day).abs(), *at))
}

/// Makes one happening of two: units that went from an account without money, and the same units of the same security that
/// came to another one near that day. The nearest belong together. Their cost then goes with them.
pub fn pair_transfers(happenings: Vec<Happening>) -> Vec<Happening> {
    let mut goers: Vec<(usize, Decimal)> = Vec::new();
    let mut comers: BTreeMap<(SecurityId, Decimal), ByDay> = BTreeMap::new();
    for (at, happening) in happenings.iter().enumerate() {
        match happening.action {
            Action::Transfer { units } if units < Decimal::ZERO => goers.push((at, -units)),
            Action::Transfer { units } if units > Decimal::ZERO => {
                comers.entry((happening.security, units)).or_default().push((happening.day, at));
            }
            _ => {}
        }
    }
    comers.values_mut().for_each(|comers| comers.sort_unstable());
    let mut pairs: Vec<(i64, usize, usize)> = Vec::new();
    let mut room = MOST_PAIRS;
    for &(goer, units) in &goers {
        let from = &happenings[goer];
        let Some(comers) = comers.get(&(from.security, units)) else { continue };
        for (apart, comer) in near(comers, from.day, TRANSFER_DAYS).take(room) {
            room -= 1;
            if happenings[comer].account != from.account {
                pairs.push((apart, goer, comer));
            }
        }
    }
    pairs.sort_unstable();
    let mut partners: Vec<Option<Option<AccountId>>> = vec![None; happenings.len()];
    for (_, goer, comer) in pairs {
        if partners[goer].is_none() && partners[comer].is_none() {
            partners[goer] = Some(Some(happenings[comer].account));
            partners[comer] = Some(None);
        }
    }
    let joined =
        |(happening, partner): (Happening, Option<Option<AccountId>>)| match (partner, &happening.action) {
            (Some(None), _) => None,
            (Some(Some(to)), Action::Transfer { units }) => {
                Some(Happening { action: Action::Moved { units: units.abs(), to }, ..happening })
            }
            _ => Some(happening),
        };
    happenings.into_iter().zip(partners).filter_map(joined).collect()
}

/// Makes one happening of two: options that ended with a delivery, and the trade of what they delivered, in the same account,
/// of as many units at the price that their terms tell. Where there is no such trade, nobody knows how the money belongs
/// together, and so what could have been delivered cost or brought nobody knows what.
pub fn pair_deliveries(mut happenings: Vec<Happening>) -> Vec<Happening> {
    let ended: Vec<usize> = places(&happenings, |of| matches!(of.action, Action::Delivered { .. }));
    if ended.is_empty() {
        return happenings;
    }
    let mut trades: BTreeMap<AccountId, ByDay> = BTreeMap::new();
    for at in places(&happenings, |of| matches!(of.action, Action::Trade { .. })) {
        trades.entry(happenings[at].account).or_default().push((happenings[at].day, at));
    }
    trades.values_mut().for_each(|trades| trades.sort_unstable());
    let (mut room, mut gone) = (MOST_PAIRS, vec![false; happenings.len()]);
    for option in ended {
        let of = happenings[option].clone();
        let Action::Delivered { contracts, fees, terms } = of.action else { continue };
        let (mut sure, mut possible): (Vec<(i64, usize)>, Vec<usize>) = Default::default();
        let near = trades.get(&of.account).into_iter().flat_map(|trades| near(trades, of.day, DELIVERY_DAYS));
        for (apart, at) in near.take(room) {
            room -= 1;
            let trade = &happenings[at];
            let Action::Trade { units, gross, .. } = trade.action else { continue };
            if trade.security == of.security {
                continue;
            }
            let Some((delivered, strike)) = terms else {
                // Of what nothing is known, it is all that came or went that day.
                possible.extend((apart == 0).then_some(at));
                continue;
            };
            let is_at_strike = gross.is_some() && strike.checked_mul(units.abs()) == gross;
            if units == delivered && is_at_strike {
                sure.push((apart, at));
            } else if units.is_sign_negative() == delivered.is_sign_negative()
                && (units == delivered || is_at_strike)
            {
                possible.push(at);
            }
        }
        sure.sort_unstable();
        let is_of_one =
            sure.windows(2).all(|two| happenings[two[0].1].security == happenings[two[1].1].security);
        match sure.first() {
            Some(&(_, at)) if is_of_one => {
                gone[option] = true;
                deliver(&mut happenings[at], &of, contracts, fees);
            }
            _ => {
                for at in sure.into_iter().map(|(_, at)| at).chain(possible) {
                    if let Action::Trade { gross, .. } = &mut happenings[at].action {
                        *gross = None;
                    }
                }
            }
        }
    }
    happenings.into_iter().zip(gone).filter_map(|(of, gone)| (!gone).then_some(of)).collect()
}

fn places(happenings: &[Happening], is: impl Fn(&Happening) -> bool) -> Vec<usize> {
    (0..happenings.len()).filter(|at| is(&happenings[*at])).collect()
}

/// Makes the delivery of these options of a trade.
fn deliver(trade: &mut Happening, option: &Happening, contracts: Decimal, of_option: Decimal) {
    let Action::Trade { units, gross, fees, .. } = trade.action else { return };
    let fees = fees.saturating_add(of_option);
    let underlying = trade.security;
    trade.security = option.security;
    trade.action = Action::Exercise { contracts, underlying, units, gross, fees };
}
