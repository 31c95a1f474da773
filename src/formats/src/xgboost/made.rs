//! Records for forests from elsewhere.

use rustc_hash::FxHashSet;

use super::error::Syntax;
use super::records::{Header, Objective, Records, TreeRecord};
use super::value::Value;
use secateur_forest::{Forest, Task};

/// Records of a forest that has none: one iteration a tree, covers and weights not recorded.
pub(super) fn records_for(forest: &Forest, names: &[String]) -> Records {
    let objective = match forest.task() {
        Task::Regression => Objective::Identity("reg:squarederror".into()),
        Task::Classification { classes } if classes.len() == 2 => Objective::Logistic("binary:logistic".into()),
        Task::Classification { .. } => Objective::Softmax("multi:softprob".into()),
    };
    let mut seen = FxHashSet::default();
    let good = names.len() == forest.n_features() && names.iter().all(|name| !name.is_empty() && seen.insert(name));
    let recorded = if good { names } else { &[] };
    let document = document(forest, &objective, recorded);
    let made_up = || (0..forest.n_features()).map(|feature| format!("f{feature}")).collect();
    let feature_names = if good { names.to_vec() } else { made_up() };
    let tree = |iteration| TreeRecord { group: 0, iteration, weight: 1.0, learning_rate: None, deleted: 0 };
    Records {
        covers: Vec::new(),
        base_weights: Vec::new(),
        places: Vec::new(),
        odd_conditions: Vec::new(),
        trees: (0..forest.n_trees() as u32).map(tree).collect(),
        header: Header { syntax: Syntax::Json, objective, feature_names, vector_leaves: false, document },
    }
}

fn document(forest: &Forest, objective: &Objective, names: &[String]) -> Value {
    let classes = match objective {
        Objective::Softmax(_) => forest.n_outputs(),
        Objective::Logistic(_) | Objective::Identity(_) => 0,
    };
    let mut of_objective = Value::object([("name", Value::text(objective.name()))]);
    match objective {
        Objective::Softmax(_) => {
            of_objective.set("softmax_multiclass_param", Value::object([("num_class", Value::text(classes))]));
        }
        _ => of_objective.set("reg_loss_param", Value::object([("scale_pos_weight", Value::text(1))])),
    }
    let model = Value::object([
        ("gbtree_model_param", Value::object([("num_parallel_tree", Value::text(1)), ("num_trees", Value::text(0))])),
        ("trees", Value::Array(Vec::new())),
    ]);
    let learner = Value::object([
        ("attributes", Value::object([])),
        ("feature_names", Value::Array(names.iter().map(Value::text).collect())),
        ("feature_types", Value::Array(Vec::new())),
        ("gradient_booster", Value::object([("model", model), ("name", Value::text("gbtree"))])),
        (
            "learner_model_param",
            Value::object([
                ("base_score", Value::text("5E-1")),
                ("boost_from_average", Value::text(1)),
                ("num_class", Value::text(classes)),
                ("num_feature", Value::text(forest.n_features())),
                ("num_target", Value::text(1)),
            ]),
        ),
        ("objective", of_objective),
    ]);
    Value::object([("learner", learner), ("version", Value::Integers(vec![3, 2, 0]))])
}
