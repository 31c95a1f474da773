use super::*;
use crate::solve_path;
use proptest::prelude::*;
use secateur_program::testing::{forest_shaped, huge, ties_everywhere, tiny};
use secateur_program::{DecisionId, Limit, Path, ResourceId, SelectionProgram};

/// The part as a program of its own.
fn program(core: &Core<'_>, part: &Part, price: &[i64]) -> SelectionProgram {
    let mut builder = SelectionProgram::builder();
    let gains: Vec<i64> = part.decisions.iter().map(|&v| core.gain[v as usize]).collect();
    let costs: Vec<i64> = part.resources.iter().map(|&r| price[r as usize]).collect();
    builder.decisions(&gains).resources(&costs);
    for (index, &v) in part.decisions.iter().enumerate() {
        let name = DecisionId(index as u32);
        if let Ok(parent) = part.decisions.binary_search(&core.parents()[v as usize]) {
            builder.requires(name, DecisionId(parent as u32));
        }
        for r in core.uses(v) {
            if let Ok(resource) = part.resources.binary_search(r) {
                builder.uses(name, ResourceId(resource as u32));
            }
        }
    }
    builder.build().unwrap()
}

/// Draws a closed set and free decisions beyond it.
fn draw(core: &Core<'_>, bits: u64) -> (Set, Vec<bool>) {
    let bit =
        |v: u32, salt: u64| (bits ^ salt).wrapping_mul(u64::from(v) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 61;
    let mut inside = Set::empty(core);
    let mut free = vec![false; core.len()];
    for v in 0..core.len() as u32 {
        let parent = core.parents()[v as usize];
        let (held, open) = match parent {
            NONE => (true, true),
            parent => (inside.has[parent as usize], free[parent as usize] || inside.has[parent as usize]),
        };
        if held && bit(v, 1) < 2 {
            inside.add(core, v);
        } else {
            free[v as usize] = open && bit(v, 2) < 7;
        }
    }
    (inside, free)
}

fn programs() -> impl Strategy<Value = SelectionProgram> {
    prop_oneof![tiny().boxed(), ties_everywhere().boxed(), huge().boxed(), forest_shaped(4, 3, 20).boxed()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_path_of_a_part_is_that_of_its_program(given in programs(), bits in any::<u64>(), shares in any::<bool>()) {
        let mut limits = vec![Limit::on_cost(&given, given.total_cost() / 2).unwrap()];
        limits.extend(shares.then(|| Limit::on_decisions(&given, 3).unwrap()));
        let core = Core::new(&given, &limits);
        let (inside, free) = draw(&core, bits);
        let part = Part::new(&core, &inside, &free);
        let surrogate = Surrogate::new(&core, vec![1; limits.len()]);
        let classes = part.classes(&core, &inside, &surrogate, None, &Control::new());
        let path: Path = solve_path(&program(&core, &part, &surrogate.price), &Control::new()).path;
        prop_assert_eq!(&classes.thresholds[..], path.thresholds());
        for (index, &class) in classes.class.iter().enumerate() {
            prop_assert_eq!(class as usize, path.class(DecisionId(index as u32)));
        }
        // Totals are those of the sets.
        let mut set = inside.clone();
        for k in 0..classes.len() {
            part.add_classes(&core, &classes, k..k + 1, &mut set);
            prop_assert_eq!(classes.gain[k], set.gain);
            prop_assert!(classes.used.iter().zip(&set.used).all(|(used, set)| used[k] == *set));
        }
    }

    #[test]
    fn near_a_price_the_path_is_the_whole_one(given in programs(), bits in any::<u64>(), share in 0.0f64..1.1) {
        let most = (given.total_cost() as f64 * share) as i64;
        let core = Core::new(&given, &[Limit::on_cost(&given, most).unwrap()]);
        let (inside, free) = draw(&core, bits);
        prop_assume!(inside.within(&core.most));
        let part = Part::new(&core, &inside, &free);
        let surrogate = Surrogate::new(&core, vec![1]);
        let whole = part.classes(&core, &inside, &surrogate, None, &Control::new());
        let near = part.classes(&core, &inside, &surrogate, Some(surrogate.most), &Control::new());
        prop_assert_eq!(near.bound(surrogate.most), whole.bound(surrogate.most));
        let sides = |classes: &Classes| -> Vec<std::cmp::Ordering> {
            classes.class.iter().map(|class| (*class as usize).cmp(&classes.within(&core.most))).collect()
        };
        // Before the class that is too dear, in it, or after it (when everything fits, what is never selected counts as
        // too dear).
        prop_assert_eq!(sides(&near), sides(&whole));
        prop_assert_eq!(near.within(&core.most) == near.len(), whole.within(&core.most) == whole.len());
    }
}
