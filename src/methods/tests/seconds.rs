use secateur_methods::seconds::{LatencyTable, Timing, latency_table};
use secateur_neural::Network;
use secateur_neural::cpu::Cpu;
use secateur_neural::testing::{batch_for, convnet, decoder, encoder};
use secateur_neural::units::{UnitKind, Units};
use secateur_program::Control;

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
            let timing = Timing::<Cpu> { inputs: &inputs, repetitions: 3, device, control: &control };
            let found = latency_table(&timing, &network, &units, index, &counts).unwrap();
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
