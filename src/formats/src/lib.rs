//! Forests from and to the formats of other libraries.
//!
//! | question | item |
//! |---|---|
//! | How does a LightGBM model come in? | [`lightgbm::read`], with its recorded gains, counts and names |
//! | How does a pruned forest go back out? | [`lightgbm::Imported::pruned`], then [`lightgbm::write`] |
//! | My model does not say what its scores mean. | [`lightgbm::read_as`] |
//! | How do XGBoost models come in and go back out? | [`xgboost::read`], [`xgboost::Imported::pruned`], [`xgboost::write`] |
//! | How does an ONNX model come in, and go back out? | `onnx::read`, `onnx::write` (a feature) |
//! | How do forests of scikit-learn come in, and go back? | [`sklearn::read`], [`sklearn::write()`]: files of arrays, never pickles |
//! | And those of CatBoost? | [`catboost::read`], [`catboost::write()`]: models in JSON |
//! | How is a forest served by treelite, nvForest, FIL or Triton? | [`treelite::write()`] |
//! | My application holds a smartcore model. | `smartcore::from_classifier`, `from_regressor` (a feature) |
//! | smartcore keeps no class counts. | `smartcore::recount` counts them anew |
//! | How do I train with smartcore? | `smartcore::train_classifier`, `train_regressor` |
//!
//! Every reader ends in [`secateur_forest::Forest::new`], which validates. What a forest cannot say is refused by name.
//!
//! ```
//! use secateur_forest::{BudgetedForest, PriceList};
//! use secateur_formats::lightgbm;
//!
//! # let text = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=1\n\
//! #     objective=regression\nfeature_names=age dose\nfeature_infos=[0:9] [0:1]\ntree_sizes=198\n\n\
//! #     Tree=0\nnum_leaves=2\nnum_cat=0\nsplit_feature=1\nsplit_gain=8\nthreshold=0.5\ndecision_type=2\nleft_child=-1\n\
//! #     right_child=-2\nleaf_value=1 3\nleaf_count=6 2\ninternal_value=1.5\ninternal_count=8\nshrinkage=1\n\n\n\
//! #     end of trees\n";
//! let imported = lightgbm::read(text)?; // the text of a model file: one split, on `dose`
//! assert_eq!(imported.records.header.feature_names, ["age", "dose"]);
//!
//! // A model for every budget comes from `secateur-train`; here is the one that keeps nothing.
//! let prices = PriceList::uniform(&imported.records.header.feature_names, 1.0)?;
//! let budgeted = BudgetedForest::whole(imported.forest.clone(), prices)?;
//! let (small, origin) = budgeted.pruned(budgeted.closed());
//! let written = lightgbm::write(&imported.pruned(small, &origin).expect("nodes of this model"))?;
//! assert_eq!(lightgbm::read(&written)?.forest.n_splits(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod catboost;
pub mod lightgbm;
mod means;
#[cfg(feature = "onnx")]
pub mod onnx;
pub mod sklearn;
#[cfg(feature = "smartcore")]
pub mod smartcore;
mod threshold;
pub mod treelite;
pub mod xgboost;
