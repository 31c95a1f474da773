//! The page on tuned models: sound markup, all sections, harmless names.

use ndarray::Array2;
use secateur_program::Control;

use super::*;
use crate::report::tests::HOSTILE;
use crate::report::tests::markup::check_page;
use secateur::forest::tune::{TuneParams, tune};
use secateur::forest::{DatasetView, IntervalOptions, PriceList, TargetView};

struct Case {
    tuned: Tuned,
    tried: Vec<Trial>,
    judged: Vec<Evaluation>,
    names: Vec<String>,
}

impl Case {
    fn new(regression: bool, price: f64, budgets: &[f64]) -> Self {
        let x = Array2::from_shape_fn((60, 3), |(row, column)| ((row * (7 + 4 * column)) % 23) as f64);
        let values: Vec<f64> = x.rows().into_iter().map(|row| row[0] + 0.5 * row[1]).collect();
        let labels: Vec<u32> = values.iter().map(|value| u32::from(*value > 15.0)).collect();
        let target = if regression {
            TargetView::Values(&values)
        } else {
            TargetView::Classes { labels: &labels, n_classes: 2 }
        };
        let examples = DatasetView::new(x.view(), target, None).unwrap();
        let names: Vec<String> = (0..3).map(|column| format!("{HOSTILE}{column}")).collect();
        let prices = PriceList::uniform(&names, price).unwrap();
        let params = TuneParams {
            budgets: budgets.to_vec(),
            price_levels: 3,
            policy_trees: 5,
            policy_rounds: 8,
            policies: 1,
            bags: 0,
            predictor_trees: 5,
            ..TuneParams::default()
        };
        let control = Control::new();
        let (tuned, tried) = tune(examples, examples, &[], &prices, &params, &control).unwrap();
        let judge = |candidate: &secateur::forest::tune::TunedModel| {
            candidate.model.evaluate(examples, &IntervalOptions::default(), &control).unwrap()
        };
        let judged = tuned.models.iter().map(judge).collect();
        Self { tuned, tried, judged, names }
    }

    fn page(&self, test: bool, baselines: &[Series]) -> io::Result<String> {
        let on = OnExamples { models: &self.judged, rows: 60 };
        let notes = [(HOSTILE.to_owned(), HOSTILE.to_owned())];
        let input = TuneInput {
            title: HOSTILE,
            tuned: &self.tuned,
            feature_names: &self.names,
            tried: &self.tried,
            valid: on,
            test: test.then_some(on),
            baselines,
            notes: &notes,
        };
        let mut page = Vec::new();
        write_tune_html(&input, &mut page)?;
        let page = String::from_utf8(page).unwrap();
        check_page(&page);
        Ok(page)
    }

    fn series(&self, test: bool) -> Vec<Series> {
        let point = |index: usize, budget: Option<f64>| {
            let valid = self.judged[index % self.judged.len()].measured;
            SeriesPoint { budget, origin: HOSTILE.into(), valid, test: test.then_some(valid) }
        };
        let budgets = self.tuned.chosen.iter().enumerate().map(|(index, chosen)| point(index, Some(chosen.budget)));
        let series =
            |name: &str, points| Series { name: format!("{name}{HOSTILE}"), description: HOSTILE.into(), points };
        vec![series("one", budgets.collect()), series("two", vec![point(0, None)]), series("none", Vec::new())]
    }
}

#[test]
fn a_page_has_every_section_and_is_sound_whatever_the_names() {
    for regression in [false, true] {
        let case = Case::new(regression, 1.0, &[0.0, 1.0, 1.5, 2.5]);
        for test in [false, true] {
            let page = case.page(test, &case.series(test)).unwrap();
            for section in ["frontier", "budgets", "baselines", "sources", "notes"] {
                assert!(page.contains(&format!("<section id=\"{section}\">")), "{section}");
            }
            assert_eq!(page.contains("chosen, test data"), test);
            assert_eq!(page.contains("tuned, test"), test);
            assert!(page.contains("class=\"whisker valid\"") && page.contains("class=\"tried\""));
            assert!(page.contains(&number(case.judged[case.judged.len() - 1].measured.cost)));
            // Another model's words are in the page, once per budget it is for.
            for chosen in &case.tuned.chosen {
                assert!(page.contains(&case.tuned.models[chosen.model].origin));
            }
        }
    }
}

#[test]
fn odd_models_have_a_page_too() {
    for (price, budgets) in [(0.0, &[1.0][..]), (1e12, &[0.0]), (1e-12, &[0.0, 1.0]), (1.0, &[])] {
        let case = Case::new(false, price, budgets);
        let page = case.page(true, &[]).unwrap();
        assert!(!page.contains("<section id=\"baselines\">"));
    }
}

#[test]
fn judgements_of_other_models_are_refused() {
    let mut case = Case::new(false, 1.0, &[0.0, 2.0]);
    case.judged[0].acquired.pop();
    assert_eq!(case.page(false, &[]).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    case.judged.clear();
    assert!(case.page(false, &[]).unwrap_err().to_string().starts_with("0 judgements"));
    case.tuned.models.clear();
    assert!(case.page(false, &[]).is_err());
}
