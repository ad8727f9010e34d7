//! Why signing in to Azure did not go well, in words.

use object_store::Error;

use super::Method;
use crate::store::secrets::redact;
use crate::store::trouble::innermost;

/// What went wrong, and what helps.
pub fn reason(method: Method, error: &Error) -> String {
    let text = innermost(error).to_string();
    let said = redact(&described(&text).unwrap_or_else(|| first_line(&text)));
    match method {
        Method::AzureCli if text.contains("not installed") => {
            "there is no 'az' in PATH; install the Azure CLI, or set AZURE_STORAGE_ACCOUNT_KEY or another credential"
                .into()
        }
        Method::AzureCli => format!("az said '{said}'; run 'az login'"),
        Method::ManagedIdentity => format!(
            "{said}; this machine seems to have no managed identity. Sign in with 'az login', or set a credential"
        ),
        Method::WorkloadIdentity if text.contains("federated token file") => {
            "the file that $AZURE_FEDERATED_TOKEN_FILE names cannot be read".into()
        }
        _ => said,
    }
}

/// What Entra ID says in the JSON of a refused token.
fn described(text: &str) -> Option<String> {
    let json = text.get(text.find('{')?..=text.rfind('}')?)?;
    let value: serde_json::Value = serde_json::from_str(json).ok()?;
    value.get("error_description").and_then(|d| d.as_str()).map(first_line)
}

fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or("it does not say why");
    line.trim_start_matches("ERROR: ").trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> Error {
        Error::Generic { store: "MicrosoftAzure", source: text.into() }
    }

    #[test]
    fn reasons() {
        for (method, text, says) in [
            (Method::AzureCli, "Azure Cli not installed", "no 'az' in PATH"),
            (
                Method::AzureCli,
                "ERROR: Please run 'az login' to setup account.\n",
                "az said 'Please run 'az login' to setup account'; run 'az login'",
            ),
            (
                Method::ClientSecret,
                "Server returned non-2xx status code: 401 Unauthorized: {\"error\":\"invalid_client\",\
                 \"error_description\":\"AADSTS7000215: Invalid client secret provided.\\r\\nTrace ID: x\"}",
                "AADSTS7000215: Invalid client secret provided",
            ),
            (Method::ManagedIdentity, "operation timed out", "no managed identity"),
            (Method::BearerToken, "", "does not say why"),
        ] {
            let found = reason(method, &error(text));
            assert!(found.contains(says), "{found}");
            assert!(!found.contains("Trace ID"), "{found}");
        }
    }
}
