use burn::backend::Flex;
use secateur_program::Control;

use super::forward::{convnet, decoder, encoder};
use super::slimgpt::batch_for;
use crate::Network;
use crate::latency::{LatencyTable, latencies, latency, latency_table};
use crate::units::{UnitKind, Units};

#[test]
fn tables_have_a_time_for_every_count() {
    for config in [decoder(), encoder(), convnet()] {
        let network = Network::random(config, 1).unwrap();
        let units = Units::of(&network);
        let inputs = batch_for(&network).inputs;
        for (index, group) in units.groups().iter().enumerate() {
            if !matches!(group.kind, UnitKind::Heads | UnitKind::Channels) {
                continue;
            }
            let counts = [0, 1, group.n_units, group.n_units + 9];
            let (device, control) = (Default::default(), Control::new());
            let found = latency_table::<Flex>(&network, &units, index, &counts, &inputs, 3, &device, &control).unwrap();
            assert_eq!((found.counts.as_slice(), found.seconds[0]), (counts.as_slice(), 0.0));
            assert!(found.seconds.iter().all(|seconds| seconds.is_finite() && *seconds >= 0.0));
        }
    }
}

#[test]
fn lines_between_what_was_measured() {
    let table = LatencyTable { counts: vec![0, 2, 6], seconds: vec![0.0, 4.0, 2.0] };
    // Fewer units never cost more.
    assert_eq!(table.of_all_counts(7), [0.0, 2.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0]);
    let rising = LatencyTable { counts: vec![0, 4], seconds: vec![0.0, 8.0] };
    assert_eq!(rising.of_all_counts(4), [0.0, 2.0, 4.0, 6.0, 8.0]);
    assert_eq!(LatencyTable { counts: vec![], seconds: vec![] }.of_all_counts(2), [0.0; 3]);
}

#[test]
fn seconds_are_positive_and_stops_stop() {
    let network = Network::random(decoder(), 1).unwrap();
    let batch = batch_for(&network);
    let (device, control) = (Default::default(), Control::new());
    let seconds = latencies::<Flex>(&[&network, &network], &batch.inputs, 5, &device, &control).unwrap();
    assert!(seconds.iter().all(|seconds| *seconds > 0.0));
    let stopped = Control::new();
    stopped.cancel();
    let error = latency::<Flex>(&network, &batch.inputs, 5, &device, &stopped).unwrap_err();
    assert_eq!(error.to_string(), "stopped: cancelled");
}
