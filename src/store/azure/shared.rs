//! What places of one account have in common: the way in, which costs a token, and the connections.

use std::fmt;
use std::sync::Arc;

use object_store::azure::{AzureConfigKey, AzureCredentialProvider};
use parking_lot::Mutex;

use super::{Access, AzureUrl, Method};
use crate::store::client::Wire;

/// Accounts that one signs in to. Clones share them.
#[derive(Clone, Default)]
pub struct Accounts(Arc<Mutex<Vec<(Key, Shared)>>>);

/// What makes two ways in the same. It holds secrets and has no debug form.
#[derive(PartialEq, Eq)]
struct Key {
    account: String,
    endpoint: String,
    method: Method,
    given: Vec<(AzureConfigKey, String)>,
}

/// What is shared.
#[derive(Clone)]
pub struct Shared {
    /// The client with its connections.
    pub wire: Wire,
    /// Gives credentials; asks for a token once for all.
    pub credentials: AzureCredentialProvider,
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Accounts({})", self.0.lock().len())
    }
}

impl Accounts {
    /// What belongs to a place and a way in; made when nobody needed it before.
    pub fn shared(
        &self,
        url: &AzureUrl,
        access: &Access,
        make: impl FnOnce() -> Result<Shared, String>,
    ) -> Result<Shared, String> {
        let key = Key {
            account: url.account.clone(),
            endpoint: url.endpoint.to_string(),
            method: access.method,
            given: access.given.clone(),
        };
        let mut all = self.0.lock();
        if let Some((_, shared)) = all.iter().find(|(known, _)| *known == key) {
            return Ok(shared.clone());
        }
        let shared = make()?;
        all.push((key, shared.clone()));
        Ok(shared)
    }
}
