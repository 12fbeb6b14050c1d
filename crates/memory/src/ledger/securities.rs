//! [`SecurityRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{SecurityId, UserId},
    ledger::{KnownSecurity, Security, SecurityRepository},
    store::StoreError,
};

use crate::{rows::SecurityKey, tables::Tables, unit::Unit};

fn known(tables: &Tables, owner: UserId, keys: &[String]) -> Vec<KnownSecurity> {
    let leads = |key: &String| {
        let security = tables.security_keys.get(&(owner, key.clone()))?.security;
        Some(KnownSecurity { key: key.clone(), security: tables.securities.get(&security)?.row.clone() })
    };
    keys.iter().filter_map(leads).collect()
}

#[async_trait]
impl SecurityRepository for Unit {
    async fn known(&mut self, owner: UserId, keys: &[String]) -> Result<Vec<KnownSecurity>, StoreError> {
        self.run(|tables| Ok(known(tables, owner, keys)))
    }

    async fn known_alone(
        &mut self,
        owner: UserId,
        keys: &[String],
    ) -> Result<Vec<KnownSecurity>, StoreError> {
        self.run(|tables| {
            tables.change_number(owner);
            Ok(known(tables, owner, keys))
        })
    }

    async fn put(
        &mut self,
        owner: UserId,
        securities: &[Security],
        keys: &[(String, SecurityId)],
    ) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_user(owner)?;
            let seq = tables.change_number(owner);
            for security in securities {
                let stored = tables.securities.get(&security.id);
                if stored.is_some_and(|stored| stored.owner != owner) {
                    continue;
                }
                let created_at = stored.map_or(security.created_at, |stored| stored.created_at);
                tables.securities.write(Security { owner, created_at, ..security.clone() }, seq);
            }
            for (key, security) in keys {
                let key = SecurityKey { owner, key: key.clone(), security: *security };
                if tables.security_keys.get(&(owner, key.key.clone())).is_none() {
                    tables.security_keys.put(key);
                }
            }
            Ok(())
        })
    }
}
