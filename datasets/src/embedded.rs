//! Small real data sets that come with the program, through `smartcore`, and need no file.
//!
//! The values are stored there as `f32`; they are given here as the decimals they stand for, so that
//! 17.99 is 17.99 and not 17.989999771118164.

use ndarray::Array2;
use smartcore::dataset::{self, Dataset as Stored};

use crate::dataset::{Dataset, Target};
use crate::encoding::{Encoding, TargetEncoding, TargetKind};
use crate::error::{Error, Result};

/// What is measured on each cell nucleus of the breast cancer data.
pub const BREAST_CANCER_MEASUREMENTS: [&str; 10] = [
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave_points",
    "symmetry",
    "fractal_dimension",
];

/// How a measurement is summed up over the nuclei, in the order of the columns: ten means, then ten
/// standard errors, then ten worst values.
const SUMMARIES: [&str; 3] = ["mean", "se", "worst"];

/// Wisconsin diagnostic breast cancer: 569 examples, 30 features `mean_radius` ... `worst_fractal_dimension`,
/// classes `malignant` (212) and `benign` (357).
///
/// # Errors
/// [`Error::Join`] if the embedded data do not have the shape stated here, as for all functions of
/// this module.
pub fn breast_cancer() -> Result<(Dataset, Encoding)> {
    let names = SUMMARIES.iter().flat_map(|summary| BREAST_CANCER_MEASUREMENTS.map(|what| format!("{summary}_{what}")));
    let data = dataset::breast_cancer::load_dataset();
    classes(&data, names.collect(), "diagnosis", &["malignant", "benign"], &data.target)
}

/// Natural prices of [`breast_cancer`], as the text of a price file (TOML): each of the ten measurements costs 1 and gives
/// its mean, its standard error and its worst value.
#[must_use]
pub fn breast_cancer_prices() -> String {
    let mut out = String::from(
        "# What it costs to know a feature of a patient. A source (here a measurement) is paid once per patient,\n\
         # however many features come from it.\n\n[sources]\n",
    );
    for measurement in BREAST_CANCER_MEASUREMENTS {
        out.push_str(&format!("{measurement} = 1.0\n"));
    }
    out.push_str("\n[features] # the sources each feature needs\n");
    for summary in SUMMARIES {
        for measurement in BREAST_CANCER_MEASUREMENTS {
            out.push_str(&format!("{summary}_{measurement} = [\"{measurement}\"]\n"));
        }
    }
    out
}

/// Fisher's iris: 150 examples, 4 features in centimetres, 3 classes of 50.
///
/// # Errors
/// As [`breast_cancer`].
pub fn iris() -> Result<(Dataset, Encoding)> {
    let names = ["sepal_length", "sepal_width", "petal_length", "petal_width"].map(String::from).to_vec();
    let data = dataset::iris::load_dataset();
    classes(&data, names, "species", &["setosa", "versicolor", "virginica"], &data.target)
}

/// Handwritten digits: 1,797 examples, 64 pixels `pixel_0_0` ... `pixel_7_7` (row, column) of 0 to 16,
/// 10 classes.
///
/// # Errors
/// As [`breast_cancer`].
pub fn digits() -> Result<(Dataset, Encoding)> {
    let names = (0..64).map(|pixel| format!("pixel_{}_{}", pixel / 8, pixel % 8)).collect();
    let data = dataset::digits::load_dataset();
    let labels: Vec<u32> = data.target.iter().map(|&label| label as u32).collect();
    classes(&data, names, "digit", &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], &labels)
}

/// Progression of diabetes: 442 examples, 10 standardised features, regression (25 to 346).
///
/// # Errors
/// As [`breast_cancer`].
pub fn diabetes() -> Result<(Dataset, Encoding)> {
    let names = ["age", "sex", "bmi", "blood_pressure", "s1", "s2", "s3", "s4", "s5", "s6"].map(String::from).to_vec();
    let data = dataset::diabetes::load_dataset();
    let values = data.target.iter().map(|&value| f64::from(value)).collect();
    let target = TargetEncoding { name: "progression".into(), kind: TargetKind::Numeric };
    table(&data, names, Target::Values(values), target)
}

fn classes<Y>(
    data: &Stored<f32, Y>,
    names: Vec<String>,
    target: &str,
    class_names: &[&str],
    labels: &[u32],
) -> Result<(Dataset, Encoding)> {
    if labels.iter().any(|&label| label as usize >= class_names.len()) {
        return Err(Error::Join { what: "labels and class names" });
    }
    let class_names: Vec<String> = class_names.iter().map(|&name| name.to_owned()).collect();
    let kind = TargetKind::Classes { names: class_names.clone() };
    let labels = Target::Classes { labels: labels.to_vec(), names: class_names };
    table(data, names, labels, TargetEncoding { name: target.to_owned(), kind })
}

fn table<Y>(
    data: &Stored<f32, Y>,
    feature_names: Vec<String>,
    labels: Target,
    target: TargetEncoding,
) -> Result<(Dataset, Encoding)> {
    // Through text: the shortest decimal that is this `f32`.
    let decimals = data.data.iter().map(|value| value.to_string().parse().unwrap_or(f64::from(*value)));
    let shape = (data.num_samples, feature_names.len());
    let features = Array2::from_shape_vec(shape, decimals.collect())
        .map_err(|_| Error::Join { what: "shape and number of values" })?;
    let encoding = Encoding::numeric(feature_names.iter().cloned(), Some(target));
    Ok((Dataset { features, feature_names, target: labels, weights: None, groups: None }, encoding))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(table: &Dataset) -> Vec<usize> {
        let Target::Classes { labels, names } = &table.target else { panic!("kind") };
        (0..names.len()).map(|class| labels.iter().filter(|&&label| label as usize == class).count()).collect()
    }

    #[test]
    fn shapes_classes_and_values() {
        for (result, shape) in
            [(breast_cancer(), (569, 30)), (iris(), (150, 4)), (digits(), (1797, 64)), (diabetes(), (442, 10))]
        {
            let (table, encoding) = result.unwrap();
            assert_eq!(table.features.dim(), shape);
            assert!(table.features.iter().all(|value| value.is_finite()));
            assert_eq!(table.feature_names, encoding.feature_names());
            encoding.check().unwrap();
        }
        assert_eq!(counts(&breast_cancer().unwrap().0), [212, 357]);
        assert_eq!(counts(&iris().unwrap().0), [50, 50, 50]);
        assert_eq!(counts(&digits().unwrap().0).len(), 10);
        let Target::Values(values) = diabetes().unwrap().0.target else { panic!("kind") };
        assert_eq!(values.iter().copied().fold(f64::INFINITY, f64::min), 25.0);
    }

    #[test]
    fn breast_cancer_columns_are_what_they_are_called() {
        let table = breast_cancer().unwrap().0;
        let column = |name: &str| {
            let at = table.feature_names.iter().position(|known| known == name).unwrap();
            table.features.column(at)
        };
        assert_eq!(column("mean_radius")[0], 17.99);
        assert_eq!(column("worst_area")[0], 2019.0);
        for what in BREAST_CANCER_MEASUREMENTS {
            let (mean, worst) = (column(&format!("mean_{what}")), column(&format!("worst_{what}")));
            assert!(mean.iter().zip(worst).all(|(mean, worst)| mean <= worst), "{what}");
        }
        // A perimeter is close to 2 pi times the radius.
        let ratio = column("mean_perimeter").sum() / column("mean_radius").sum();
        assert!((6.3..6.7).contains(&ratio), "{ratio}");
        // Malignant nuclei are larger.
        let Target::Classes { labels, .. } = &table.target else { panic!("kind") };
        let mean_of = |class| {
            let (mut sum, mut n) = (0.0, 0.0);
            for (radius, &label) in column("mean_radius").iter().zip(labels) {
                if label == class {
                    sum += radius;
                    n += 1.0;
                }
            }
            sum / n
        };
        assert!(mean_of(0) > 1.3 * mean_of(1));
    }

    #[test]
    fn prices_name_the_features_in_order() {
        let (text, table) = (breast_cancer_prices(), breast_cancer().unwrap().0);
        let features = text.lines().skip_while(|line| !line.starts_with("[features]")).skip(1);
        let names: Vec<&str> = features.map(|line| line.split(" = ").next().unwrap()).collect();
        assert_eq!(names, table.feature_names);
        assert_eq!(text.lines().filter(|line| line.ends_with(" = 1.0")).count(), 10);
    }
}
