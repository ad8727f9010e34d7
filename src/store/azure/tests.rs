//! URLs and ways to sign in, over made-up surroundings.

use ::url::Url;

use super::{Access, Accounts, AzureUrl, Environment, Method};

fn around(variables: &[(&str, &str)]) -> Environment {
    Environment::new(variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
}

const ACCOUNT: (&str, &str) = ("AZURE_STORAGE_ACCOUNT_NAME", "acct");
const EMULATOR: (&str, &str) = ("AZURE_STORAGE_USE_EMULATOR", "true");
const CONNECTION: &str = "AZURE_STORAGE_CONNECTION_STRING";

/// Account, container (`-` for none), path, endpoint and base of a URL.
fn read(url: &str, variables: &[(&str, &str)]) -> Result<String, String> {
    let mut parsed = Url::parse(url).unwrap();
    let signed = parsed.query().is_some();
    parsed.set_query(None);
    let at = AzureUrl::parse(&parsed, signed, &around(variables))?;
    let container = at.container.as_deref().unwrap_or("-");
    Ok(format!("{} {container} [{}] {} {}", at.account, at.path, at.endpoint, at.base))
}

#[test]
fn every_form_of_url() {
    let none: &[(&str, &str)] = &[];
    let endpoint = ("AZURE_STORAGE_ENDPOINT", "https://blobs.example.org/");
    let string = "AccountName=acct;AccountKey=eA==;BlobEndpoint=http://127.0.0.1:9/acct";
    for (url, variables, expected) in [
        ("az://logs/a/b", &[ACCOUNT][..], "acct logs [a/b] https://acct.blob.core.windows.net/ az://logs"),
        ("azure://logs", &[ACCOUNT], "acct logs [] https://acct.blob.core.windows.net/ azure://logs"),
        ("adl://logs/", &[ACCOUNT], "acct logs [] https://acct.blob.core.windows.net/ adl://logs"),
        (
            "abfss://logs@acct.dfs.core.windows.net/a",
            none,
            "acct logs [a] https://acct.blob.core.windows.net/ abfss://logs@acct.dfs.core.windows.net",
        ),
        (
            "abfs://logs@acct.dfs.core.chinacloudapi.cn/a",
            none,
            "acct logs [a] https://acct.blob.core.chinacloudapi.cn/ abfs://logs@acct.dfs.core.chinacloudapi.cn",
        ),
        (
            "https://acct.blob.core.usgovcloudapi.net/logs/a",
            none,
            "acct logs [a] https://acct.blob.core.usgovcloudapi.net/ https://acct.blob.core.usgovcloudapi.net/logs",
        ),
        (
            "https://acct.dfs.core.windows.net/logs/a?sig=x",
            none,
            "acct logs [a] https://acct.blob.core.windows.net/ https://acct.dfs.core.windows.net/logs",
        ),
        (
            "https://acct.z01.blob.storage.azure.net/logs",
            none,
            "acct logs [] https://acct.z01.blob.storage.azure.net/ https://acct.z01.blob.storage.azure.net/logs",
        ),
        // An account as a whole.
        (
            "https://acct.blob.core.windows.net/",
            none,
            "acct - [] https://acct.blob.core.windows.net/ https://acct.blob.core.windows.net/",
        ),
        (
            "https://acct.blob.core.windows.net/insights-*/x",
            none,
            "acct - [insights-*/x] https://acct.blob.core.windows.net/ https://acct.blob.core.windows.net/",
        ),
        (
            "abfss://acct.dfs.core.windows.net/",
            none,
            "acct - [] https://acct.blob.core.windows.net/ https://acct.blob.core.windows.net/",
        ),
        ("az://acct/", &[ACCOUNT], "acct - [] https://acct.blob.core.windows.net/ https://acct.blob.core.windows.net/"),
        ("az://acct", none, "acct - [] https://acct.blob.core.windows.net/ https://acct.blob.core.windows.net/"),
        ("az://acct/path", &[ACCOUNT], "acct acct [path] https://acct.blob.core.windows.net/ az://acct"),
        // Endpoints of one's own.
        (
            "http://127.0.0.1:10000/devstoreaccount1/logs/a",
            none,
            "devstoreaccount1 logs [a] http://127.0.0.1:10000/devstoreaccount1 \
             http://127.0.0.1:10000/devstoreaccount1/logs",
        ),
        (
            "http://azurite:10000/devstoreaccount1/logs",
            none,
            "devstoreaccount1 logs [] http://azurite:10000/devstoreaccount1 http://azurite:10000/devstoreaccount1/logs",
        ),
        ("az://logs/a", &[EMULATOR], "devstoreaccount1 logs [a] http://127.0.0.1:10000/devstoreaccount1 az://logs"),
        (
            "az://logs/a",
            &[EMULATOR, ("AZURITE_BLOB_STORAGE_URL", "http://127.0.0.1:7")],
            "devstoreaccount1 logs [a] http://127.0.0.1:7/devstoreaccount1 az://logs",
        ),
        ("az://logs", &[ACCOUNT, endpoint], "acct logs [] https://blobs.example.org/ az://logs"),
        (
            "https://blobs.example.org/logs/a",
            &[ACCOUNT, endpoint],
            "acct logs [a] https://blobs.example.org/ https://blobs.example.org/logs",
        ),
        // The endpoint is the configured account's, not another one's.
        (
            "abfss://logs@other.dfs.core.windows.net",
            &[ACCOUNT, endpoint],
            "other logs [] https://other.blob.core.windows.net/ abfss://logs@other.dfs.core.windows.net",
        ),
        (
            "https://logs.example.org/logs/a?sig=x",
            none,
            "logs logs [a] https://logs.example.org/ https://logs.example.org/logs",
        ),
        ("az://logs/a", &[(CONNECTION, string)], "acct logs [a] http://127.0.0.1:9/acct az://logs"),
        (
            "http://127.0.0.1:9/acct/logs/a",
            &[(CONNECTION, string)],
            "acct logs [a] http://127.0.0.1:9/acct http://127.0.0.1:9/acct/logs",
        ),
    ] {
        assert_eq!(read(url, variables).as_deref(), Ok(expected), "{url}");
    }
}

#[test]
fn urls_that_name_nothing() {
    for (url, says) in [
        ("az://in-sights/a", "AZURE_STORAGE_ACCOUNT_NAME"),
        ("az://logs/a", "AZURE_STORAGE_ACCOUNT_NAME"),
        ("az://logs:80/a", "has no port"),
        ("abfss://logs@example.org/a", "is no storage account's host"),
        ("https://example.org/a", "is no storage account's host"),
        ("https://logs@acct.blob.core.windows.net/a", "has no user"),
        ("http://127.0.0.1:1/", "names no account"),
        ("https://acct.blob.core.windows.net/lo%2Fgs/a", "characters that no container has"),
    ] {
        let error = read(url, &[]).expect_err(url);
        assert!(error.contains(says), "{url}: {error}");
    }
    let error = read("az://logs", &[ACCOUNT, ("AZURE_STORAGE_ENDPOINT", "https://u:S3CRET@x")]).unwrap_err();
    assert!(error.contains("AZURE_STORAGE_ENDPOINT") && !error.contains("S3CRET"), "{error}");
}

/// A URL, its SAS, whether there is an `az`, variables; the method and where it is from.
type Case = (&'static str, Option<&'static str>, bool, &'static [(&'static str, &'static str)], Method, &'static str);

#[test]
fn the_first_way_to_sign_in_counts() {
    use Method::{AccountKey, Anonymous, AzureCli, BearerToken, ClientSecret, ManagedIdentity, Sas, WorkloadIdentity};
    type Variable = (&'static str, &'static str);
    let (here, other) = ("az://logs/a", "abfss://logs@other.dfs.core.windows.net");
    const KEY: Variable = ("AZURE_STORAGE_ACCOUNT_KEY", "eA==");
    const TOKEN: Variable = ("AZURE_STORAGE_SAS_TOKEN", "sp=r&sig=x");
    const STRING: Variable = (CONNECTION, "AccountName=acct;AccountKey=eA==");
    const SIGNATURE: Variable =
        (CONNECTION, "BlobEndpoint=https://acct.blob.core.windows.net;SharedAccessSignature=sig=x");
    const CLIENT: [Variable; 2] = [("AZURE_CLIENT_ID", "c"), ("AZURE_TENANT_ID", "t")];
    const SECRET: Variable = ("AZURE_CLIENT_SECRET", "s");
    const FILE: Variable = ("AZURE_FEDERATED_TOKEN_FILE", "/f");
    let cases: &[Case] = &[
        (here, Some("sp=r&sig=x"), true, &[ACCOUNT, KEY], Sas, "the URL"),
        (here, None, true, &[ACCOUNT, KEY, ("AZURE_SKIP_SIGNATURE", "true")], Anonymous, "$AZURE_SKIP_SIGNATURE"),
        (here, None, true, &[STRING, TOKEN], AccountKey, "$AZURE_STORAGE_CONNECTION_STRING"),
        (here, None, true, &[SIGNATURE], Sas, "$AZURE_STORAGE_CONNECTION_STRING"),
        (here, None, true, &[ACCOUNT, KEY, ("AZURE_STORAGE_TOKEN", "t")], BearerToken, "$AZURE_STORAGE_TOKEN"),
        (here, None, true, &[ACCOUNT, KEY, CLIENT[0], CLIENT[1], SECRET], AccountKey, "$AZURE_STORAGE_ACCOUNT_KEY"),
        (here, None, true, &[ACCOUNT, CLIENT[0], CLIENT[1], SECRET], ClientSecret, "$AZURE_CLIENT_SECRET"),
        (
            here,
            None,
            true,
            &[ACCOUNT, CLIENT[0], CLIENT[1], SECRET, FILE],
            WorkloadIdentity,
            "$AZURE_FEDERATED_TOKEN_FILE",
        ),
        (here, None, true, &[ACCOUNT, TOKEN], Sas, "$AZURE_STORAGE_SAS_TOKEN"),
        (here, None, true, &[EMULATOR], AccountKey, "the emulator's published key"),
        (here, None, false, &[ACCOUNT, ("AZURE_USE_AZURE_CLI", "true")], AzureCli, "$AZURE_USE_AZURE_CLI"),
        (here, None, true, &[ACCOUNT], AzureCli, "nothing else is configured"),
        (here, None, true, &[ACCOUNT, ("AZURE_USE_AZURE_CLI", "false")], ManagedIdentity, "$AZURE_USE_AZURE_CLI"),
        (here, None, true, &[ACCOUNT, CLIENT[0]], ManagedIdentity, "$AZURE_CLIENT_ID"),
        (here, None, true, &[ACCOUNT, ("IDENTITY_ENDPOINT", "http://x")], ManagedIdentity, "$IDENTITY_ENDPOINT"),
        (here, None, false, &[ACCOUNT], ManagedIdentity, "nothing else is configured and there is no 'az' in PATH"),
        // A key is of one account.
        (other, None, true, &[ACCOUNT, KEY, TOKEN], AzureCli, "nothing else is configured"),
        (other, None, true, &[STRING], AzureCli, "nothing else is configured"),
        (other, None, true, &[KEY], AccountKey, "$AZURE_STORAGE_ACCOUNT_KEY"),
    ];
    for (url, sas, has_az, variables, method, origin) in cases {
        let around = around(variables);
        let place = AzureUrl::parse(&Url::parse(url).unwrap(), sas.is_some(), &around).unwrap();
        let found = Access::choose(&place, *sas, &around, || *has_az).unwrap();
        assert_eq!((found.method, found.origin.as_str()), (*method, *origin), "{variables:?}");
        assert!(!format!("{found:?}").contains("eA=="), "{found:?}");
    }
}

#[test]
fn service_principals_sign_in_at_their_cloud() {
    let variables = [("AZURE_CLIENT_ID", "c"), ("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_SECRET", "s")];
    for (host, authority) in [
        ("acct.blob.core.windows.net", "https://login.microsoftonline.com"),
        ("acct.blob.core.chinacloudapi.cn", "https://login.chinacloudapi.cn"),
        ("acct.dfs.core.usgovcloudapi.net", "https://login.microsoftonline.us"),
    ] {
        let place = AzureUrl::parse(&Url::parse(&format!("https://{host}/c")).unwrap(), false, &around(&[])).unwrap();
        let found = Access::choose(&place, None, &around(&variables), || true).unwrap();
        assert!(found.given.iter().any(|(_, value)| value == authority), "{host}");
    }
}

#[test]
fn what_belongs_to_whom_is_told_apart() {
    // A wrong switch, a key that is none: said by the variable's name, without the value.
    let wrong = around(&[ACCOUNT, ("AZURE_SKIP_SIGNATURE", "S3CRET")]);
    let place = AzureUrl::parse(&Url::parse("az://logs/a").unwrap(), false, &wrong).unwrap();
    let error = Access::choose(&place, None, &wrong, || true).unwrap_err();
    assert_eq!(error, "$AZURE_SKIP_SIGNATURE is neither true nor false");
    let wrong = around(&[ACCOUNT, ("AZURE_STORAGE_ACCOUNT_KEY", "S3CRET!")]);
    let error = super::Azure::new(&Url::parse("az://logs/a").unwrap(), None, &wrong, &Accounts::default()).unwrap_err();
    assert_eq!(error, "$AZURE_STORAGE_ACCOUNT_KEY holds no account key: it is not Base64");
    let plain = around(&[ACCOUNT, ("AZURE_STORAGE_ENDPOINT", "http://10.0.0.9/acct")]);
    let error =
        super::Azure::new(&Url::parse("az://logs/a").unwrap(), Some("sig=S3CRET"), &plain, &Accounts::default())
            .unwrap_err();
    assert!(error.contains("not encrypted") && !error.contains("S3CRET"), "{error}");
}

#[test]
fn a_token_that_is_none_is_an_error() {
    let given = around(&[ACCOUNT, ("AZURE_STORAGE_TOKEN", "{\n  \"accessToken\": \"S3CRET\"\n}")]);
    let place = AzureUrl::parse(&Url::parse("az://logs/a").unwrap(), false, &given).unwrap();
    let error = Access::choose(&place, None, &given, || false).unwrap_err();
    assert!(error.contains("$AZURE_STORAGE_TOKEN holds no token") && !error.contains("S3CRET"), "{error}");
}
