//! Multiplication that is exact or refused.

use dashtam_domain::money::Decimal;

/// The exact product; `None` when it has more digits than a decimal can keep.
pub fn exact_product(a: Decimal, b: Decimal) -> Option<Decimal> {
    let (a, b) = (a.normalize(), b.normalize());
    let mut mantissa = a.mantissa().checked_mul(b.mantissa())?;
    let mut scale = a.scale() + b.scale();
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    Decimal::try_from_i128_with_scale(mantissa, scale).ok()
}

#[cfg(test)]
mod tests {
    use dashtam_domain::money::exact_decimal;

    use super::*;

    #[test]
    fn a_product_is_exact_or_refused() {
        let product = |a: &str, b: &str| {
            exact_product(exact_decimal(a).unwrap(), exact_decimal(b).unwrap()).map(|p| p.to_string())
        };
        assert_eq!(product("643", "3.8").as_deref(), Some("2443.4"));
        assert_eq!(product("-0.50", "4").as_deref(), Some("-2"));
        assert_eq!(product("0", "12.34").as_deref(), Some("0"));
        assert_eq!(
            product("2.61937", "19660.5738784516887649").as_deref(),
            Some("51498.317400000000000116113")
        );
        assert_eq!(product("79228162514264337593543950335", "2"), None);
        assert_eq!(product("0.0000000000000000000000000001", "0.1"), None);
        assert_eq!(product("0.1234567891", "19660.5738784516887649"), None);
    }
}
