//! Signing in, with what goes wrong in words: without them one sees the inside of a token request.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use object_store::{CredentialProvider, Error, Result};

/// Gives the credentials of another provider.
pub struct SignIn<C> {
    inner: Arc<dyn CredentialProvider<Credential = C>>,
    why: Why,
}

/// Says after 'cannot sign in' with what, and why.
type Why = Box<dyn Fn(&Error) -> String + Send + Sync>;

impl<C> SignIn<C> {
    /// Wraps a provider. `why` says after 'cannot sign in' with what, and why.
    pub fn new(
        inner: Arc<dyn CredentialProvider<Credential = C>>,
        why: impl Fn(&Error) -> String + Send + Sync + 'static,
    ) -> Self {
        Self { inner, why: Box::new(why) }
    }
}

impl<C> fmt::Debug for SignIn<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignIn")
    }
}

#[async_trait]
impl<C: fmt::Debug + Send + Sync + 'static> CredentialProvider for SignIn<C> {
    type Credential = C;

    async fn get_credential(&self) -> Result<Arc<C>> {
        self.inner.get_credential().await.map_err(|e| {
            let refused = Refused(format!("cannot sign in {}", (self.why)(&e)));
            Error::Unauthenticated { path: String::new(), source: Box::new(refused) }
        })
    }
}

/// Why, in words; the innermost cause, since nothing is behind it.
#[derive(Debug)]
struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}
