//! Other programs, trained on the same data and measured by the same meter.

use std::path::Path;

use crate::peers::{Peer, PeerData, PeerError, PeerModel, installed, train};
use crate::report::{Series, SeriesPoint};
use secateur::forest::tune::{Measured, Tuned, best_within};
use secateur::forest::{AcquisitionError, AcquisitionModel, DatasetView, Forest, MetricError, PriceList};
use secateur_program::Control;

use super::Failure;
use crate::commands::data::Data;
use crate::commands::session::Session;

/// What peers are trained, chosen and reported on.
#[derive(Clone, Copy)]
pub(super) struct Comparison<'a> {
    pub(super) python: &'a Path,
    pub(super) train: &'a Data,
    pub(super) valid: &'a Data,
    pub(super) test: Option<&'a Data>,
    pub(super) prices: &'a PriceList,
    pub(super) seed: u64,
}

/// The peers that a Python has. None at all is worth a warning.
pub(super) fn there(python: &Path, session: &mut Session<'_>) -> Result<Vec<Peer>, Failure> {
    let peers = installed(python).map_err(|error| Failure::Input(format!("--peers {error}")))?;
    if peers.is_empty() {
        let python = python.display();
        session.warn(format!(
            "--peers {python}: it has neither lightgbm nor scikit-learn with numpy; there is nothing to compare with"
        ));
    }
    Ok(peers)
}

/// Why one peer is left out.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Peer(#[from] PeerError),
    #[error(transparent)]
    Staged(#[from] AcquisitionError),
    #[error(transparent)]
    Metric(#[from] MetricError),
}

impl Comparison<'_> {
    /// One series per peer; what was chosen for each budget. A peer that fails is left out with a warning.
    pub(super) fn series(
        self,
        peers: &[Peer],
        tuned: &Tuned,
        control: &Control,
        session: &mut Session<'_>,
    ) -> Result<Vec<Series>, Failure> {
        let (valid, test) = (self.valid.examples()?, self.test.map(Data::examples).transpose()?);
        let mut series = Vec::new();
        for &peer in peers {
            match self.points(peer, valid, test, tuned, control) {
                Ok(points) => series.push(Series {
                    name: peer.name().into(),
                    description: format!(
                        "{}, trained on the training data and chosen on the validation data",
                        peer.description()
                    ),
                    points,
                }),
                Err(Trouble::Peer(PeerError::Stopped(stop))) => return Err(Failure::stopped(stop)),
                Err(trouble) => session.warn(format!("{}: left out: {trouble}", peer.name())),
            }
        }
        Ok(series)
    }

    fn points(
        self,
        peer: Peer,
        valid: DatasetView<'_>,
        test: Option<DatasetView<'_>>,
        tuned: &Tuned,
        control: &Control,
    ) -> Result<Vec<SeriesPoint>, Trouble> {
        let target = self.train.table.target_view().expect("training data have targets");
        let data = PeerData { x: self.train.table.features.view(), target, prices: self.prices, seed: self.seed };
        let mut models: Vec<PeerModel> = Vec::new();
        // The model and the cut of each candidate, its settings, and what it is worth.
        let mut candidates: Vec<(usize, usize, String, Measured)> = Vec::new();
        train(peer, self.python, &data, control, |model| {
            for (cut, (label, forest)) in model.cuts().enumerate() {
                candidates.push((models.len(), cut, label, self.measure(forest, valid)?));
            }
            models.push(model);
            Ok::<(), Trouble>(())
        })?;
        let measured: Vec<Measured> = candidates.iter().map(|(.., valid)| *valid).collect();
        let mut points = Vec::new();
        for chosen in &tuned.chosen {
            let Some(best) = best_within(&measured, chosen.budget, valid.len() as f64) else { continue };
            let (model, cut, label, valid) = &candidates[best];
            let forest = models[*model].cuts().nth(*cut).expect("the candidate was there before").1;
            let test = test.map(|test| self.measure(forest, test)).transpose()?;
            points.push(SeriesPoint { budget: Some(chosen.budget), origin: label.clone(), valid: *valid, test });
        }
        Ok(points)
    }

    fn measure(self, forest: Forest, examples: DatasetView<'_>) -> Result<Measured, Trouble> {
        Ok(AcquisitionModel::new(forest, None, self.prices.clone())?.measure(examples)?)
    }
}
