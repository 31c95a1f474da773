//! All sets of so many numbers, in order of their sums.

/// Sets of one cardinality.
#[derive(Debug)]
pub(crate) struct Combinations {
    /// Per set its sum and where its members start in `members`; ascending sums.
    sets: Vec<(i64, u32)>,
    members: Vec<u16>,
    cardinality: usize,
}

/// How many sets of c of n there are, if no more than `most`.
pub(crate) fn count(n: usize, c: usize, most: usize) -> Option<usize> {
    let mut count = 1usize;
    for taken in 0..c.min(n + 1) {
        // Exact at every step: a product of `taken + 1` consecutive numbers.
        count = count.checked_mul(n - taken)? / (taken + 1);
        if count > most {
            return None;
        }
    }
    Some(count)
}

impl Combinations {
    /// Those of `values`, of which there are at most 65,536.
    pub(crate) fn new(values: &[i64], cardinality: usize) -> Self {
        let mut found = Self { sets: Vec::new(), members: Vec::new(), cardinality };
        if cardinality > values.len() {
            return found;
        }
        let mut places: Vec<usize> = (0..cardinality).collect();
        loop {
            let sum = places.iter().map(|place| values[*place]).sum();
            found.sets.push((sum, found.sets.len() as u32));
            found.members.extend(places.iter().map(|place| *place as u16));
            // The next set in lexicographic order.
            let last = (0..cardinality).rev().find(|at| places[*at] < values.len() - cardinality + at);
            let Some(at) = last else { break };
            places[at] += 1;
            for later in at + 1..cardinality {
                places[later] = places[later - 1] + 1;
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

    /// Its members, ascending.
    pub(crate) fn members(&self, index: usize) -> &[u16] {
        let start = self.sets[index].1 as usize * self.cardinality;
        &self.members[start..start + self.cardinality]
    }
}
