//! Programs of any size whose trees are as deep as they are large, or as wide. Solvers may be slow on such programs.
//!
//! Nothing is drawn at random: equal arguments give equal programs.

use crate::builder::ProgramBuilder;
use crate::program::{DecisionId, ResourceId, SelectionProgram};

/// How decisions require each other, and which resources they use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deep {
    /// One chain; every decision uses the same resource.
    Chain,
    /// One chain; every second decision uses the same resource.
    EverySecond,
    /// One chain; two resources, used in turn.
    TwoInTurn,
    /// One chain; every decision has a resource of its own, of cost 1 to 17.
    Own,
    /// As [`Deep::Own`], with gains equal to costs: one threshold for all.
    EqualBalances,
    /// As [`Deep::Own`], with costs of 1, 2, 4, ... up to 2^19 in turn.
    Geometric,
    /// One chain; decision i uses resources i and i + 1.
    Ladder,
    /// One root, and under it decisions that all use the same resource.
    Star,
    /// A chain that uses nothing; each of its decisions has a child that uses the one resource.
    Comb,
    /// A chain that uses nothing; each of its decisions has three children, which use two resources between them.
    Caterpillar,
    /// A chain that uses nothing, of half of the decisions; under its end the others, which all use the same resource.
    Broom,
    /// A complete binary tree; the decisions of its lower half all use the same resource.
    Binary,
    /// Two chains over the same resources; what one uses first the other uses last.
    Crossing,
    /// Chains as long as they are many; all decisions of one depth use the same resource.
    Levels,
}

impl Deep {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Chain,
        Self::EverySecond,
        Self::TwoInTurn,
        Self::Own,
        Self::EqualBalances,
        Self::Geometric,
        Self::Ladder,
        Self::Star,
        Self::Comb,
        Self::Caterpillar,
        Self::Broom,
        Self::Binary,
        Self::Crossing,
        Self::Levels,
    ];

    /// The program with about `size` decisions, at least 4. Gains are -40 to 60, and -1 to -17 for what uses nothing.
    pub fn program(self, size: usize) -> SelectionProgram {
        let n = size.max(4);
        let mut builder = SelectionProgram::builder();
        for v in 0..n {
            builder.decision(match self {
                Self::EqualBalances => cost(v),
                // What uses nothing has to be paid for by what requires it.
                Self::Comb if v.is_multiple_of(2) => -cost(v),
                Self::Caterpillar if v.is_multiple_of(4) => -cost(v),
                Self::Broom if v < n / 2 => -cost(v),
                _ => (v * 7919 % 101) as i64 - 40,
            });
        }
        self.resources(n, &mut builder);
        let width = n.isqrt();
        for v in 0..n {
            if let Some(parent) = self.parent(v, n, width) {
                builder.requires(id(v), id(parent));
            }
            let mut uses = |resource: usize| {
                builder.uses(id(v), ResourceId(resource as u32));
            };
            match self {
                Self::Chain => uses(0),
                Self::EverySecond if v % 2 == 1 => uses(0),
                Self::TwoInTurn => uses(v % 2),
                Self::Own | Self::EqualBalances | Self::Geometric => uses(v),
                Self::Ladder => [v, v + 1].into_iter().for_each(uses),
                Self::Star if v > 0 => uses(0),
                Self::Comb if v % 2 == 1 => uses(0),
                Self::Caterpillar if !v.is_multiple_of(4) => uses(v % 4 % 2),
                Self::Broom | Self::Binary if v >= n / 2 => uses(0),
                Self::Crossing => uses(if v % 2 == 0 { v / 2 } else { n.div_ceil(2) - 1 - v / 2 }),
                Self::Levels => uses(v / width),
                _ => {}
            }
        }
        builder.build().expect("parents come first, sums are small")
    }

    fn resources(self, n: usize, builder: &mut ProgramBuilder) {
        let (count, price): (usize, fn(usize) -> i64) = match self {
            Self::Own | Self::EqualBalances => (n, cost),
            Self::Geometric => (n, |r| 1 << (r % 20)),
            Self::Ladder => (n + 1, cost),
            Self::Crossing => (n.div_ceil(2), cost),
            Self::Levels => (n.div_ceil(n.isqrt()), |r| 100 * cost(r)),
            Self::TwoInTurn | Self::Caterpillar => (2, |r| 1000 + cost(r)),
            _ => (1, |_| 1000),
        };
        (0..count).for_each(|r| {
            builder.resource(price(r));
        });
    }

    fn parent(self, v: usize, n: usize, width: usize) -> Option<usize> {
        match self {
            Self::Star if v > 0 => Some(0),
            Self::Comb => {
                if v % 2 == 1 {
                    Some(v - 1)
                } else {
                    v.checked_sub(2)
                }
            }
            Self::Caterpillar => {
                if !v.is_multiple_of(4) {
                    Some(v - v % 4)
                } else {
                    v.checked_sub(4)
                }
            }
            Self::Broom if v >= n / 2 => Some(n / 2 - 1),
            Self::Binary => v.checked_sub(1).map(|v| v / 2),
            Self::Crossing => v.checked_sub(2),
            Self::Levels => v.checked_sub(width),
            _ => v.checked_sub(1),
        }
    }
}

fn id(v: usize) -> DecisionId {
    DecisionId(v as u32)
}

fn cost(r: usize) -> i64 {
    (r * 31 % 17 + 1) as i64
}
