use secateur_neural::Network;
use secateur_neural::cpu::Cpu;
use secateur_neural::latency::{latencies, latency};
use secateur_neural::testing::{batch_for, decoder};
use secateur_program::Control;

#[test]
fn seconds_are_positive_and_stops_stop() {
    let network = Network::random(decoder(), 1).unwrap();
    let batch = batch_for(&network);
    let (device, control) = (Default::default(), Control::new());
    let seconds = latencies::<Cpu>(&[&network, &network], &batch.inputs, 5, &device, &control).unwrap();
    assert!(seconds.iter().all(|seconds| *seconds > 0.0));
    let stopped = Control::new();
    stopped.cancel();
    let error = latency::<Cpu>(&network, &batch.inputs, 5, &device, &stopped).unwrap_err();
    assert_eq!(error.to_string(), "stopped: cancelled");
}
