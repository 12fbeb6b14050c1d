//! Returns of made-up histories beside what two libraries of others find, pyxirr and mpmath, and beside exact fractions.

use dashtam_domain::{
    ledger::portfolio::{DayFigures, Flow, annualised, time_weighted, xirr},
    money::Decimal,
    time::Day,
};
use dashtam_tests::python::told_by_python;
use serde_json::{Value, json};

/// How many histories of each sort.
const HISTORIES: usize = 500;

const SCRIPT: &str = "\
import datetime, fractions, json, sys
import mpmath, pyxirr
mp = mpmath.mp
mp.dps = 30
told = lambda number: mpmath.nstr(number, 22, min_fixed=-40, max_fixed=40)
given = json.load(sys.stdin)

def money_weighted(flows):
    first = min(day for day, _ in flows)
    exact = [(day - first, mp.mpf(amount)) for day, amount in flows]
    worth = lambda rate: sum(amount * mp.power(1 + rate, -mp.mpf(day) / 365) for day, amount in exact)
    theirs = pyxirr.xirr([datetime.date(2000, 1, 1) + datetime.timedelta(day) for day, _ in flows],
                         [float(amount) for _, amount in flows])
    return [told(mp.findroot(worth, mp.mpf(theirs))), '%.15f' % theirs]

def time_weighted(history):
    grown, before, value, flows = fractions.Fraction(1), 0, fractions.Fraction(history['start']), []
    for day, end, paid_in, taken_out in history['days']:
        flows.append((day, fractions.Fraction(paid_in), fractions.Fraction(taken_out)))
        if end is None:
            continue
        end, apart = fractions.Fraction(end), day - before
        if apart == 1:
            (_, paid_in, taken_out), = flows
            rate = (end + taken_out) / (value + paid_in) - 1
        else:
            net = [(paid_in - taken_out, day - at) for at, paid_in, taken_out in flows]
            capital = value + sum(flow * left / apart for flow, left in net)
            rate = (end - value - sum(flow for flow, _ in net)) / capital
        grown *= 1 + rate
        before, value, flows = day, end, []
    exact = mp.mpf(grown.numerator) / grown.denominator
    return [told(exact - 1), told(mp.power(exact, mp.mpf(365) / before) - 1)]

print(json.dumps({'money': [money_weighted(of) for of in given['money']],
                  'time': [time_weighted(of) for of in given['time']]}))
";

/// The same numbers on every run.
struct Dice(u64);

impl Dice {
    /// A number from `0` to `below - 1`.
    fn roll(&mut self, below: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % below
    }
}

fn first() -> Day {
    Day::new(2000, 1, 1).unwrap()
}

fn cents(amount: i64) -> Decimal {
    Decimal::new(amount, 2)
}

/// Money that is paid in, then taken out, and something that is left: there is one rate.
fn flows(dice: &mut Dice) -> Vec<(i64, Decimal)> {
    let mut day = 0;
    let mut flows = Vec::new();
    let mut paid = 0;
    for _ in 0..=dice.roll(10) {
        let amount = 100 + dice.roll(5_000_000);
        paid += amount;
        flows.push((day, -cents(amount)));
        day += 1 + dice.roll(200);
    }
    day += 200 + dice.roll(2_000);
    for _ in 0..dice.roll(4) {
        flows.push((day, cents(1 + dice.roll(paid))));
        day += 1 + dice.roll(100);
    }
    flows.push((day, cents(paid / 10 + dice.roll(paid * 3))));
    flows
}

/// A value on nearly each day, gaps of a few days, and money that came and went.
fn days(dice: &mut Dice) -> (Decimal, Vec<DayFigures>) {
    let mut value = 1_000_000 + dice.roll(9_000_000);
    let start = cents(value);
    let count = 400 + dice.roll(200);
    let mut gap = 0;
    let figures = (1..=count).map(|at| {
        let flow = if dice.roll(12) == 0 { dice.roll(40_000) - 20_000 } else { 0 };
        value = (value + flow) * (9_800 + dice.roll(405)) / 10_000;
        let is_told = at == count || gap >= 4 || dice.roll(5) > 0;
        gap = if is_told { 0 } else { gap + 1 };
        DayFigures {
            day: first().plus_days(at),
            value: is_told.then(|| cents(value)),
            paid_in: cents(flow.max(0)),
            taken_out: cents((-flow).max(0)),
        }
    });
    (start, figures.collect())
}

fn number(text: &Value) -> Decimal {
    text.as_str().unwrap().parse().unwrap()
}

/// Whether two rates are the same to so many places, beside the whole where that is larger than one.
fn near(one: Decimal, other: Decimal, places: u32) -> bool {
    (one - other).abs() <= Decimal::new(1, places) * other.abs().max(Decimal::ONE)
}

#[test]
fn returns_are_what_other_libraries_find() {
    let mut dice = Dice(20_261_130);
    let money: Vec<_> = (0..HISTORIES).map(|_| flows(&mut dice)).collect();
    let time: Vec<_> = (0..HISTORIES).map(|_| days(&mut dice)).collect();
    let written = |(start, days): &(Decimal, Vec<DayFigures>)| {
        let day = |of: &DayFigures| {
            let value = of.value.map(|value| value.to_string());
            json!([of.day.days_since(first()), value, of.paid_in.to_string(), of.taken_out.to_string()])
        };
        json!({"start": start.to_string(), "days": days.iter().map(day).collect::<Vec<_>>()})
    };
    let given = json!({
        "money": money
            .iter()
            .map(|flows| flows.iter().map(|(day, amount)| json!([day, amount.to_string()])).collect::<Vec<_>>())
            .collect::<Vec<_>>(),
        "time": time.iter().map(written).collect::<Vec<_>>(),
    });
    let Some(found) = told_by_python("pyxirr and mpmath", SCRIPT, &given) else { return };
    for (flows, theirs) in money.iter().zip(found["money"].as_array().unwrap()) {
        let given: Vec<Flow> = flows
            .iter()
            .map(|(day, amount)| Flow { day: first().plus_days(*day), amount: *amount })
            .collect();
        let ours = xirr(&given).unwrap().annual.unwrap();
        assert!(near(ours, number(&theirs[0]), 12), "mpmath: {ours} and {theirs} of {flows:?}");
        assert!(near(ours, number(&theirs[1]), 7), "pyxirr: {ours} and {theirs} of {flows:?}");
    }
    for ((start, days), theirs) in time.iter().zip(found["time"].as_array().unwrap()) {
        let ours = time_weighted((first(), *start), days).unwrap();
        assert!(near(ours.rate, number(&theirs[0]), 18), "{} and {theirs}", ours.rate);
        let annual = annualised(ours.rate, ours.days).unwrap();
        assert!(near(annual, number(&theirs[1]), 15), "{annual} and {theirs}");
    }
}
