//! Every solver, one line each. The laws are in `secateur_tests::battery`.

use secateur_tests::battery::adapters::{
    BruteForce, BruteForceWithin, Budgeted, CutAt, CutPath, HighsLp, HighsMip, HighsWithin, PetgraphFlow, PrimalDual,
};
use secateur_tests::{battery, battery_within};

battery!(cut_at, CutAt, stops);
battery!(cut_path, CutPath, stops);
battery!(primal_dual, PrimalDual, stops);
battery!(highs_lp, HighsLp, stops);
battery!(highs_mip, HighsMip, stops);
battery!(petgraph_flow, PetgraphFlow);
battery!(brute_force, BruteForce);

battery_within!(budgeted, Budgeted, stops);
battery_within!(highs_within, HighsWithin, stops);
battery_within!(brute_force_within, BruteForceWithin);
