//! What may happen, in any order.

use proptest::{collection::vec, prelude::*};

/// How a pending row posts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Booking {
    SameId,
    Named,
    Unnamed,
    WithTip,
    /// The pending row stays in the listing for a while.
    Beside,
}

/// What a person corrects.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fix {
    Note,
    Sign,
    Day,
    Hidden,
    TakeBack,
}

/// One thing that happens. Numbers choose among what there is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// A row is posted, so many days ago, of one of a few amounts and texts: rows that are alike are not rare.
    Posts {
        ago: i64,
        kind: usize,
    },
    Announces {
        kind: usize,
    },
    Books {
        which: usize,
        how: Booking,
    },
    Cancels {
        which: usize,
    },
    Reissues {
        which: usize,
    },
    Removes {
        which: usize,
    },
    Rewrites {
        which: usize,
    },
    Repeats {
        which: usize,
    },
    /// A day goes by.
    Night,
    Syncs,
    /// The institution goes down in the middle.
    BreaksOff {
        after: usize,
    },
    /// The worker dies before one of its units of work, and another one takes over.
    Dies {
        after: usize,
    },
    /// Two workers look for work at the same time.
    Races,
    /// A file of some of the rows that files tell; under other ids if it is told anew.
    Imports {
        from: usize,
        rows: usize,
        anew: bool,
    },
    Undoes {
        which: usize,
    },
    Accepts {
        which: usize,
    },
    Rejects {
        which: usize,
    },
    Parts {
        which: usize,
    },
    Corrects {
        which: usize,
        fix: Fix,
    },
}

fn booking() -> impl Strategy<Value = Booking> {
    use Booking::{Beside, Named, SameId, Unnamed, WithTip};
    prop_oneof![Just(SameId), Just(Named), Just(Unnamed), Just(WithTip), Just(Beside)]
}

fn fix() -> impl Strategy<Value = Fix> {
    use Fix::{Day, Hidden, Note, Sign, TakeBack};
    prop_oneof![Just(Note), Just(Sign), Just(Day), Just(Hidden), Just(TakeBack)]
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0usize..100;
    prop_oneof![
        3 => (0i64..5, 0usize..4).prop_map(|(ago, kind)| Step::Posts { ago, kind }),
        3 => (0usize..4).prop_map(|kind| Step::Announces { kind }),
        4 => (which.clone(), booking()).prop_map(|(which, how)| Step::Books { which, how }),
        1 => which.clone().prop_map(|which| Step::Cancels { which }),
        2 => which.clone().prop_map(|which| Step::Reissues { which }),
        1 => which.clone().prop_map(|which| Step::Removes { which }),
        1 => which.clone().prop_map(|which| Step::Rewrites { which }),
        1 => which.clone().prop_map(|which| Step::Repeats { which }),
        1 => Just(Step::Night),
        8 => Just(Step::Syncs),
        1 => (0usize..4).prop_map(|after| Step::BreaksOff { after }),
        2 => (1usize..8).prop_map(|after| Step::Dies { after }),
        1 => Just(Step::Races),
        2 => (0usize..8, 1usize..5, any::<bool>())
            .prop_map(|(from, rows, anew)| Step::Imports { from, rows, anew }),
        1 => which.clone().prop_map(|which| Step::Undoes { which }),
        2 => which.clone().prop_map(|which| Step::Accepts { which }),
        1 => which.clone().prop_map(|which| Step::Rejects { which }),
        2 => which.clone().prop_map(|which| Step::Parts { which }),
        2 => (which, fix()).prop_map(|(which, fix)| Step::Corrects { which, fix }),
    ]
}

/// A history.
pub(super) fn history(longest: usize) -> impl Strategy<Value = Vec<Step>> {
    vec(step(), 1..longest)
}
