//! The splits on categories of a forest, in flat arrays.

use crate::raw::CategorySplit;

/// Marks a node that is no split on categories.
const NONE: u32 = u32::MAX;

/// The category that a value is: rounded towards zero. `None` for what is missing, at most -1, or 2^32 and more.
#[inline]
pub(crate) fn category(value: f64) -> Option<u32> {
    (value > -1.0 && value < 4_294_967_296.0).then_some(value as u32)
}

/// What a split on categories asks; see [`CategorySplit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Categories<'a> {
    members: &'a [u32],
    members_left: bool,
}

impl<'a> Categories<'a> {
    /// The members, ascending, none twice.
    pub fn members(&self) -> &'a [u32] {
        self.members
    }

    /// Whether members go left and every other value right; else it is the other way round.
    pub fn members_left(&self) -> bool {
        self.members_left
    }

    /// Whether a value that is not missing goes left. O(log members).
    #[inline]
    pub fn is_left(&self, value: f64) -> bool {
        let member = category(value).is_some_and(|category| self.members.binary_search(&category).is_ok());
        member == self.members_left
    }

    /// The split as it is given.
    pub fn to_split(&self) -> CategorySplit {
        CategorySplit { members: self.members.to_vec(), members_left: self.members_left }
    }
}

/// All splits on categories of a forest, in the order of their nodes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct CategorySplits {
    /// The split of each node up to the last that has one, or [`NONE`]. Empty if the forest has no such split.
    of_node: Vec<u32>,
    /// Where the members of each split end; they begin where those of the one before end.
    ends: Vec<u32>,
    /// Whether the members of each split go left.
    left: Vec<bool>,
    members: Vec<u32>,
}

impl CategorySplits {
    pub(super) fn is_empty(&self) -> bool {
        self.of_node.is_empty()
    }

    /// Adds the split of a node beyond all that have one so far. There are fewer than 2^32 members in all.
    pub(super) fn push(&mut self, node: usize, members: &[u32], members_left: bool) {
        self.of_node.resize(node, NONE);
        self.of_node.push(self.left.len() as u32);
        self.members.extend_from_slice(members);
        self.ends.push(self.members.len() as u32);
        self.left.push(members_left);
    }

    #[inline]
    pub(super) fn get(&self, node: usize) -> Option<Categories<'_>> {
        let split = *self.of_node.get(node).filter(|split| **split != NONE)? as usize;
        let start = if split == 0 { 0 } else { self.ends[split - 1] as usize };
        Some(Categories { members: &self.members[start..self.ends[split] as usize], members_left: self.left[split] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FEATURES, put_categories, random_tree};
    use crate::{Aggregation, Forest, ForestError, Model, ModelFile, Precision, RawForest, RawTree, Task};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn raw(trees: Vec<RawTree>) -> RawForest {
        let (precision, aggregation, base) = (Precision::F64, Aggregation::Mean, Vec::new());
        RawForest { task: Task::Regression, n_features: FEATURES, precision, aggregation, base, trees }
    }

    /// A forest with splits on categories, from a seed that gives some.
    fn forest(seed: u64) -> Forest {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut trees: Vec<RawTree> = (0..4).map(|_| random_tree(&mut rng, false, 5, false)).collect();
        put_categories(&mut trees, seed);
        Forest::new(raw(trees)).unwrap()
    }

    fn some_forests() -> impl Iterator<Item = Forest> {
        (0..60).map(forest).filter(Forest::has_categories).take(20)
    }

    #[test]
    fn categories_are_refused_unless_ascending_and_of_a_split() {
        let whole = some_forests().next().unwrap().to_raw();
        let tree = whole.trees.iter().position(|tree| !tree.categories.is_empty()).unwrap();
        let &node = whole.trees[tree].categories.keys().next().unwrap();
        let refused = |node: u32, members: &[u32]| {
            let mut raw = whole.clone();
            raw.trees[tree].categories.insert(node, CategorySplit { members: members.to_vec(), members_left: true });
            Forest::new(raw).err()
        };
        assert_eq!(refused(node, &[]), None);
        assert_eq!(refused(node, &[0, 1, u32::MAX]), None);
        let order = |found, previous| Some(ForestError::CategoryOrder { tree, node: node as usize, found, previous });
        assert_eq!(refused(node, &[0, 3, 3]), order(3, 3));
        assert_eq!(refused(node, &[5, 4]), order(4, 5));
        let leaf = whole.trees[tree].children_left.iter().position(|&child| child == -1).unwrap();
        let no_split = |node: u32| Some(ForestError::CategoriesOfNoSplit { tree, node: node as usize });
        for node in [leaf as u32, whole.trees[tree].feature.len() as u32, u32::MAX] {
            assert_eq!(refused(node, &[1]), no_split(node));
        }
        // The threshold of a split on categories is not looked at.
        let mut raw = whole.clone();
        raw.trees[tree].threshold[node as usize] = f64::NAN;
        assert_eq!(Forest::new(raw).unwrap(), Forest::new(whole).unwrap());
    }

    #[test]
    fn forests_made_of_a_forest_keep_its_categories() {
        let mut kept = 0;
        for forest in some_forests() {
            assert_eq!(Forest::new(forest.to_raw()).unwrap(), forest);
            let (same, _) = forest.restricted(|_| true);
            assert_eq!(same, forest);
            let (fewer, origin) = forest.restricted(|node| node % 3 > 0);
            assert_eq!(Forest::new(fewer.to_raw()).unwrap(), fewer);
            for (node, &old) in origin.iter().enumerate() {
                let expected = forest.categories(old as usize).filter(|_| !fewer.is_leaf(node));
                assert_eq!(fewer.categories(node), expected);
                kept += usize::from(expected.is_some());
            }
            let first = forest.first_trees(2);
            assert!((0..first.n_nodes()).all(|node| first.categories(node) == forest.categories(node)));
            let columns = forest.for_columns(&[7, 6, 5, 4], 9).unwrap();
            assert!((0..forest.n_nodes()).all(|node| columns.categories(node) == forest.categories(node)));
        }
        assert!(kept > 20);
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_splits_on_categories_is_built_and_pruned() {
        let splits = 100_000;
        let split = |node: usize| node.is_multiple_of(2) && node < 2 * splits;
        let nodes = 2 * splits + 1;
        let child = |offset: i64| (0..nodes).map(|node| if split(node) { node as i64 + offset } else { -1 }).collect();
        let members = vec![3, u32::MAX];
        let categories = (0..nodes).filter(|&node| split(node)).map(|node| {
            (node as u32, CategorySplit { members: members.clone(), members_left: node.is_multiple_of(4) })
        });
        let chain = RawTree {
            feature: vec![0; nodes],
            threshold: vec![0.0; nodes],
            children_left: child(1),
            children_right: child(2),
            missing: Vec::new(),
            value: vec![0.5; nodes],
            categories: categories.collect(),
        };
        let forest = Forest::new(raw(vec![chain])).unwrap();
        assert_eq!(forest.categories(nodes - 3).map(|split| split.members()), Some(&members[..]));
        assert_eq!(forest.restricted(|node| node < 10).0.n_splits(), 5);
    }

    #[test]
    fn files_name_a_version_that_knows_categories_only_where_there_are_some() {
        let path = std::path::Path::new("model");
        let columns = || (0..FEATURES).map(|feature| format!("f{feature}"));
        let document = |forest: &Forest| {
            let trained = crate::TrainedForest::from(forest.clone());
            let file = ModelFile::new(secateur_datasets::Encoding::numeric(columns(), None), Model::from(trained));
            let mut bytes = Vec::new();
            file.write(&mut bytes).unwrap();
            assert_eq!(ModelFile::parse(&bytes, path).unwrap(), file);
            let mut text = String::new();
            std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut text).unwrap();
            text
        };
        let with = document(&some_forests().next().unwrap());
        assert!(with.starts_with("{\"format\":\"secateur-model\",\"version\":3,") && with.contains("\"categories\":{"));
        let without = document(&(0..60).map(forest).find(|forest| !forest.has_categories()).unwrap());
        assert!(without.contains("\"version\":2,") && !without.contains("categories"));
    }
}
