//! Middle values of noisy measurements.

/// The median of the values; 0 if there are none.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    quantile(&sorted(values), 0.5)
}

/// The values in ascending order.
pub(crate) fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The value below which this part of the ordered values lies; 0 of none.
pub(crate) fn quantile(ordered: &[f64], part: f64) -> f64 {
    let Some(last) = ordered.len().checked_sub(1) else { return 0.0 };
    let place = part.clamp(0.0, 1.0) * last as f64;
    let (below, above) = (place.floor(), place.ceil());
    let (low, high) = (ordered[below as usize], ordered[above as usize]);
    low + (high - low) * (place - below)
}

/// The middle of the ratios of values measured in the same round: what slowed a round down slowed both.
pub(crate) fn paired_ratio(ours: &[f64], reference: &[f64]) -> f64 {
    median(ours.iter().zip(reference).map(|(ours, reference)| ours / reference))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_the_values() {
        let values = sorted([4.0, 1.0, 3.0, 2.0]);
        assert_eq!(quantile(&values, 0.0), 1.0);
        assert_eq!(quantile(&values, 0.5), 2.5);
        assert_eq!(quantile(&values, 1.0), 4.0);
        assert_eq!(quantile(&[], 0.5), 0.0);
        assert_eq!(paired_ratio(&[1.0, 20.0, 3.0], &[2.0, 10.0, 6.0]), 0.5);
    }
}
