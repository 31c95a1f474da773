//! All sets of a given number of values, in the order of their sums.

/// All sets of one cardinality, by ascending sum.
#[derive(Debug)]
pub(crate) struct Combinations {
    /// (sum, number) of each set, by ascending sum. The members of a set are `members[number * cardinality..]`.
    sets: Vec<(i64, u32)>,
    members: Vec<u16>,
    cardinality: usize,
}

/// The number of sets of c out of n values, if it is at most `most`.
pub(crate) fn count(n: usize, c: usize, most: usize) -> Option<usize> {
    let mut count = 1usize;
    for taken in 0..c.min(n + 1) {
        // The division is exact: `taken + 1` consecutive numbers have a multiple of it among them, and so on.
        count = count.checked_mul(n - taken)? / (taken + 1);
        if count > most {
            return None;
        }
    }
    Some(count)
}

impl Combinations {
    /// All sets of so many of `values`, of which there are at most 65,536.
    pub(crate) fn new(values: &[i64], cardinality: usize) -> Self {
        let mut found = Self { sets: Vec::new(), members: Vec::new(), cardinality };
        if cardinality > values.len() {
            return found;
        }
        let mut positions: Vec<usize> = (0..cardinality).collect();
        loop {
            let sum = positions.iter().map(|position| values[*position]).sum();
            found.sets.push((sum, found.sets.len() as u32));
            found.members.extend(positions.iter().map(|position| *position as u16));
            // The next set in lexicographic order.
            let last = (0..cardinality).rev().find(|at| positions[*at] < values.len() - cardinality + at);
            let Some(at) = last else { break };
            positions[at] += 1;
            for later in at + 1..cardinality {
                positions[later] = positions[later - 1] + 1;
            }
        }
        found.sets.sort_unstable();
        found
    }

    pub(crate) fn len(&self) -> usize {
        self.sets.len()
    }

    pub(crate) fn sum(&self, index: usize) -> i64 {
        self.sets[index].0
    }

    /// The members of a set, as positions of values, ascending.
    pub(crate) fn members(&self, index: usize) -> &[u16] {
        let start = self.sets[index].1 as usize * self.cardinality;
        &self.members[start..start + self.cardinality]
    }
}
