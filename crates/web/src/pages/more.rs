//! Everything that the navigation has no room for.

use askama::Template;

use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
};

/// Pages that belong together: each with its address, its name and what it is for.
type Group = (&'static str, &'static [(&'static str, &'static str, &'static str)]);

const GROUPS: &[Group] = &[
    (
        "What it means",
        &[
            (
                "/portfolio",
                "Portfolio",
                "What you are invested in, what it cost and is worth, and what it returned.",
            ),
            ("/recurring", "Recurring", "Salaries, subscriptions and rents, and when each comes next."),
            ("/rules", "Rules", "What transactions get by themselves, by what they say."),
            ("/learned", "Learned", "What was learned of payees from what you chose."),
            ("/categories", "Categories", "What money is for: everybody's, and your own."),
            ("/review", "Review", "Transactions that may be one, and transfers, for you to decide."),
        ],
    ),
    (
        "Where it comes from",
        &[
            ("/connections", "Connections", "The institutions that are linked, and how they stand."),
            ("/import", "Import", "Statements that you downloaded, and what earlier ones brought."),
        ],
    ),
];

#[derive(Template)]
#[template(path = "more.html")]
struct Page {
    frame: Frame,
    groups: &'static [Group],
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    Reply::page(&Page { frame: visit.frame("More", "more"), groups: GROUPS })
}
