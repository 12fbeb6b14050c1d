//! How a case becomes a test: on a runtime of its own, and not for ever.

use std::{future::Future, time::Duration};

/// The longest a case may take. The slowest takes seconds, on a machine that is busy with other things as well; one
/// that takes this long waits for what never comes, e.g. for a unit of work that nobody ends.
pub const LIMIT: Duration = Duration::from_secs(120);

/// Runs a test on a runtime with two threads. Callers need no runtime of their own and no macro of one.
pub fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime can be made").block_on(test);
}

/// Runs a case; one that takes longer than [`LIMIT`] has failed. A case whose adapter blocks the thread it runs on
/// cannot be stopped.
pub async fn within_limit(case: &str, test: impl Future<Output = ()>) {
    let ended = tokio::time::timeout(LIMIT, test).await;
    assert!(ended.is_ok(), "{case} took longer than {} s and was given up", LIMIT.as_secs());
}

/// Expands to one test per case, for a store. Each case is named below the path of its room.
#[doc(hidden)]
#[macro_export]
macro_rules! cases {
    ($fresh:path; $($($room:ident)::+: $($case:ident)+;)+) => {$(
        $crate::cases! { @room $fresh; [$($room)::+] $($case)+ }
    )+};
    (@room $fresh:path; $room:tt $($case:ident)+) => {$(
        $crate::cases! { @case $fresh; $room $case }
    )+};
    (@case $fresh:path; [$($room:tt)+] $case:ident) => {
        #[test]
        fn $case() {
            $crate::run(async {
                if let Some((storage, _guard)) = $fresh(stringify!($case)).await {
                    $crate::within_limit(stringify!($case), $crate::storage::$($room)+::$case(&storage)).await;
                }
            });
        }
    };
}
