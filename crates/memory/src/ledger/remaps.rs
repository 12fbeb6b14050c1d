//! [`RemapRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    ledger::{RemapPlace, RemapRepository},
    store::StoreError,
    time::Timestamp,
};

use crate::{rows::KeptPlace, unit::Unit};

#[async_trait]
impl RemapRepository for Unit {
    async fn place(&mut self, scope: &str) -> Result<Option<RemapPlace>, StoreError> {
        self.run(|tables| Ok(tables.remap_places.get(&scope.to_owned()).map(|kept| kept.place.clone())))
    }

    async fn keep<'a>(
        &mut self,
        scope: &str,
        place: Option<&'a RemapPlace>,
        _: Timestamp,
    ) -> Result<(), StoreError> {
        self.run(|tables| {
            match place {
                Some(place) => {
                    tables.remap_places.put(KeptPlace { scope: scope.to_owned(), place: place.clone() });
                }
                None => drop(tables.remap_places.remove(&scope.to_owned(), |_| true)),
            }
            Ok(())
        })
    }
}
