//! Whose turn it is: the arguments of a handler are read side by side, and what is wrong with a path or a query is told
//! only to those who may call. Otherwise it would hang on the machine's load whether a stranger hears of a wrong parameter
//! or of the missing credential, and a wrong request would count for no limit.

use std::{
    cell::Cell,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{HttpMessage, HttpRequest};

use crate::problem::Problem;

/// Whether the caller of a request is known.
struct Known(Rc<Cell<bool>>);

/// Notes that the caller of this request is being found out. Arguments behind the call wait with their problems until
/// [`caller_is_known`].
pub(super) fn caller_is_sought(request: &HttpRequest) {
    request.extensions_mut().insert(Known(Rc::default()));
}

/// Notes that the caller is known and may call.
pub(super) fn caller_is_known(request: &HttpRequest) {
    if let Some(known) = request.extensions().get::<Known>() {
        known.0.set(true);
    }
}

/// What was read of a request. A problem waits until the caller is known; if nobody may be told of it, that is told by
/// the argument in front.
pub(crate) struct InTurn<T> {
    read: Option<Result<T, Problem>>,
    known: Option<Rc<Cell<bool>>>,
}

impl<T> InTurn<T> {
    pub(super) fn new(request: &HttpRequest, read: Result<T, Problem>) -> Self {
        let known = match &read {
            Ok(_) => None,
            Err(_) => request.extensions().get::<Known>().map(|known| Rc::clone(&known.0)),
        };
        Self { read: Some(read), known }
    }
}

// Nothing in it is borrowed from itself.
impl<T> Unpin for InTurn<T> {}

impl<T> Future for InTurn<T> {
    type Output = Result<T, Problem>;

    /// Nobody has to wake it: arguments are asked in their order whenever one of them has moved on, the call first.
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        if self.known.as_ref().is_some_and(|known| !known.get()) {
            return Poll::Pending;
        }
        match self.read.take() {
            Some(read) => Poll::Ready(read),
            None => Poll::Ready(Err(Problem::internal("an argument was asked for twice"))),
        }
    }
}
