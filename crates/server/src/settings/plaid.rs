//! What is asked of the settings for Plaid.

use dashtam_provider_plaid::Product;

use super::sections::Plaid;

/// Everything that is wrong, each with the name of its setting.
pub(super) fn problems(plaid: &Plaid) -> Vec<&'static str> {
    let Plaid { client_id, secret, products, country_codes, language, webhook_uri, .. } = plaid;
    let letters = |text: &str, fits: fn(&u8) -> bool| text.len() == 2 && text.as_bytes().iter().all(fits);
    let known = products.iter().all(|product| Product::parse(product).is_some());
    let twice = (1..products.len()).any(|at| products[..at].contains(&products[at]));
    let mut problems = Vec::new();
    let mut require = |good: bool, problem| {
        if !good {
            problems.push(problem);
        }
    };
    require(
        client_id.is_empty() == secret.is_empty(),
        "plaid.client_id and plaid.secret must be set together",
    );
    require(
        !products.is_empty() && known && !twice,
        "plaid.products must name transactions, investments or liabilities, each once",
    );
    require(
        !country_codes.is_empty() && country_codes.iter().all(|code| letters(code, u8::is_ascii_uppercase)),
        "plaid.country_codes must name countries by two capital letters, such as US",
    );
    require(
        letters(language, u8::is_ascii_lowercase),
        "plaid.language must be a language of two small letters, such as en",
    );
    require(
        webhook_uri.is_empty() || webhook_uri.starts_with("https://"),
        "plaid.webhook_uri must begin with https://, or be empty",
    );
    problems
}

#[cfg(test)]
mod tests {
    use dashtam_domain::secret::SecretText;

    use super::*;
    use crate::settings::{PlaidEnvironment, secret::Secret};

    fn plaid() -> Plaid {
        Plaid {
            client_id: Secret(SecretText::new("id")),
            secret: Secret(SecretText::new("secret")),
            environment: PlaidEnvironment::Sandbox,
            products: vec!["transactions".to_owned(), "investments".to_owned()],
            country_codes: vec!["US".to_owned(), "CA".to_owned()],
            language: "en".to_owned(),
            redirect_uri: String::new(),
            webhook_uri: String::new(),
            base_url: String::new(),
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(problems(&plaid()).is_empty());
        let one = |wrong: Plaid, setting: &str| {
            let said = problems(&wrong);
            assert!(matches!(said.as_slice(), [problem] if problem.starts_with(setting)), "{said:?}");
        };
        one(Plaid { secret: Secret(SecretText::new("")), ..plaid() }, "plaid.client_id");
        for products in [vec![], vec!["auth"], vec!["transactions", "transactions"]] {
            let products = products.into_iter().map(str::to_owned).collect();
            one(Plaid { products, ..plaid() }, "plaid.products");
        }
        for codes in [vec![], vec!["us"], vec!["USA"]] {
            let country_codes = codes.into_iter().map(str::to_owned).collect();
            one(Plaid { country_codes, ..plaid() }, "plaid.country_codes");
        }
        one(Plaid { language: "EN".to_owned(), ..plaid() }, "plaid.language");
        let webhook_uri = "http://dashtam.example/api/v1/providers/webhooks/plaid".to_owned();
        one(Plaid { webhook_uri, ..plaid() }, "plaid.webhook_uri");
    }
}
