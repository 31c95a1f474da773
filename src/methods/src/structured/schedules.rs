//! Fractions of layers by a schedule whose parameter meets a budget.

use secateur_neural::units::Units;

use super::GroupCosts;
use crate::error::{MethodError, check_fraction};
use crate::slimgpt::{SlimOptions, incremental_ratios, layers_of};

/// The least fraction of all layers that meets a budget. Groups without costs stay.
///
/// # Errors
/// [`MethodError::Number`] if the budget is below zero.
pub fn uniform(
    units: &Units,
    costs: &GroupCosts,
    budget: f64,
    options: &SlimOptions,
) -> Result<Vec<Option<f64>>, MethodError> {
    let (layers, _) = layers_of(units);
    let same = |fraction: f64| layers.iter().map(|layer| layer.map(|_| fraction)).collect();
    least(same, units, costs, budget, options)
}

/// SlimGPT's schedule from `first` on: the least end that meets a budget; where even an end of 1 does not, or `first`
/// alone goes beyond, `first` itself is moved.
///
/// # Errors
/// [`MethodError::Number`] if the budget is below zero, or `first` is no fraction.
pub fn logarithmic(
    units: &Units,
    costs: &GroupCosts,
    budget: f64,
    first: f64,
    options: &SlimOptions,
) -> Result<Vec<Option<f64>>, MethodError> {
    check_fraction(|| "fraction of the first layer".into(), first)?;
    let (layers, n) = layers_of(units);
    let schedule = |first: f64, last: f64| -> Vec<Option<f64>> {
        let ratios = incremental_ratios(first, last, n);
        layers.iter().map(|layer| layer.map(|layer| ratios[layer])).collect()
    };
    let fits = |fractions: &[Option<f64>]| costs.with_gone(units, fractions, options.sharing) <= budget;
    if fits(&schedule(first, 1.0)) && !fits(&schedule(first, first)) {
        return least(|fraction| schedule(first, first + fraction * (1.0 - first)), units, costs, budget, options);
    }
    // Beyond an end of 1 the beginning rises; before it has risen to `first`, it is as small as the budget allows.
    match fits(&schedule(first, first)) {
        true => least(|fraction| schedule(fraction * first, fraction * first), units, costs, budget, options),
        false => least(|fraction| schedule(first + fraction * (1.0 - first), 1.0), units, costs, budget, options),
    }
}

/// Bisection for the least parameter in 0 to 1 that meets the budget.
fn least(
    fractions: impl Fn(f64) -> Vec<Option<f64>>,
    units: &Units,
    costs: &GroupCosts,
    budget: f64,
    options: &SlimOptions,
) -> Result<Vec<Option<f64>>, MethodError> {
    if budget.is_nan() || budget < 0.0 {
        return Err(MethodError::Number { what: "budget".into(), value: budget, expected: "at least 0".into() });
    }
    // Groups without costs stay.
    let priced = |fraction: &Option<f64>, costs: &Option<Vec<f64>>| fraction.filter(|_| costs.is_some());
    let fractions = |parameter: f64| -> Vec<Option<f64>> {
        fractions(parameter).iter().zip(&costs.0).map(|(fraction, costs)| priced(fraction, costs)).collect()
    };
    let fits = |fraction: f64| costs.with_gone(units, &fractions(fraction), options.sharing) <= budget;
    let (mut low, mut high) = (0.0, 1.0);
    if fits(low) {
        return Ok(fractions(low));
    }
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if fits(middle) { high = middle } else { low = middle }
    }
    Ok(fractions(high))
}
