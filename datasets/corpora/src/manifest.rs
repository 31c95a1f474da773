//! The known data sets: which files, from where, with which digests, and how they are parsed.
//!
//! None of the files belongs to this project. The digests are of the files as they lie in the folder
//! (recompressed with xz) and of their content. A licence that the public source does not state is
//! "not stated", which is not the same as free.

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// To grow forests on.
    Train,
    /// To prune on.
    Valid,
    /// To measure on.
    Test,
    /// Not divided: shuffle and split.
    All,
}

/// A file of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataFile {
    /// Path inside the folder of the data sets, with `/`.
    pub path: &'static str,
    /// What it is for. Files of the same role are joined in order.
    pub role: Role,
    /// Examples in the file.
    pub rows: usize,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: &'static str,
    /// SHA-256 of the inflated content.
    pub sha256_plain: &'static str,
    /// Public source: `repository@commit/path`.
    pub source: &'static str,
}

/// What is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// This many classes.
    Classes(usize),
    /// A number.
    Values,
}

/// How the files are parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parsing {
    /// libsvm format.
    Libsvm,
    /// Delimited with a header that names `target`.
    Headed {
        /// Target column.
        target: &'static str,
    },
    /// Delimited without header; the columns are these.
    Listed {
        /// Names of all columns in the order of the file.
        columns: &'static [&'static str],
        /// Target column.
        target: &'static str,
    },
    /// Delimited without header or known names; the last column is the target.
    Unnamed,
}

/// What is put right after, or before, parsing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repair {
    /// Nothing.
    None,
    /// Zeros of these columns stand for missing values.
    ZeroIsMissing(&'static [&'static str]),
    /// Class `0` becomes `healthy`, all others `disease`.
    AnyDisease,
    /// Lines that end in `found` end in `put` instead.
    LineEnd {
        /// Text before the line feed in the file.
        found: &'static str,
        /// Text in its place.
        put: &'static str,
    },
}

/// A known data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataSet {
    /// Name to load it by.
    pub name: &'static str,
    /// One line about it.
    pub title: &'static str,
    /// Its files.
    pub files: &'static [DataFile],
    /// Licence of the public source, or `not stated`.
    pub licence: &'static str,
    /// Examples of all files.
    pub n_examples: usize,
    /// Features.
    pub n_features: usize,
    /// What is predicted.
    pub kind: Kind,
    /// How the files are parsed.
    pub parsing: Parsing,
    /// What is put right.
    pub repair: Repair,
    /// Entry of [`PRICES`] with the prices of its features, if they are known.
    pub prices: Option<&'static str>,
}

/// The data set of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static DataSet> {
    DATA_SETS.iter().find(|set| set.name == name)
}

/// Published test prices (P. Turney, JAIR 2, 1995, and the NHANES categories), as JSON. `rows` counts
/// lines. The prices of the thyroid tests are also published on their own ([`THYROID_PRICES`]).
///
/// The digest is that of a file of 3,223 bytes. A listing of these data sets names another one, of
/// 3,304 bytes (`c77080f1...`), which was not at hand to compare.
pub const PRICES: DataFile = DataFile {
    path: "cost/turney_costs.json",
    role: Role::All,
    rows: 33,
    sha256: "d559eb5fb4c2deea89c52928a84d59c80222e896f6942f94108bd7aa76b52fc6",
    sha256_plain: "d559eb5fb4c2deea89c52928a84d59c80222e896f6942f94108bd7aa76b52fc6",
    source: "assembled; see the source fields in the file",
};

/// Prices of the thyroid tests, one `name:price` a line; feature FTI is computed and has none.
pub const THYROID_PRICES: DataFile = DataFile {
    path: "cost/ann-thyroid.cost",
    role: Role::All,
    rows: 20,
    sha256: "7cf3f71bd59fe5fe282a492050e67c68e2e355e5cd631030f224e1ec48337029",
    sha256_plain: "7cf3f71bd59fe5fe282a492050e67c68e2e355e5cd631030f224e1ec48337029",
    source: "mcavus/Genetic-Algorithm-Classification@efebbdb624ddd5027f752ecb569c4734ee17e0e2/ann-thyroid.cost",
};

/// Costs of the 519 features of the Yahoo! learning-to-rank data, one a line. The data themselves
/// are licensed and not listed here.
pub const YAHOO_COSTS: DataFile = DataFile {
    path: "cost/yahoo_ltr_519.cost",
    role: Role::All,
    rows: 519,
    sha256: "c3fe125bd50cd9ec90efd2004b1d87cee03bb7f58cc7ba36787085e3a8b4d7c8",
    sha256_plain: "c3fe125bd50cd9ec90efd2004b1d87cee03bb7f58cc7ba36787085e3a8b4d7c8",
    source: "fnan/FeatureBudgetedRandomForest@8d6ee9b3e353e3dc19ecaf6930b95588d9227cfc/yahoo_cs_cost",
};

/// All known data sets. `mq2008` is fold 1 of five.
pub const DATA_SETS: &[DataSet] = &[
    DataSet {
        name: "mbne_tiny",
        title: "MiniBooNE particles, small balanced sample",
        files: &[
            DataFile {
                path: "paper/mbne_tiny_tr.xz",
                role: Role::Train,
                rows: 2000,
                sha256: "1809061a726825f1ce4b00486b332805c6c663e29da29635adb951a0251b30d2",
                sha256_plain: "b83771f9995566d308d3a823523654fe293ad1fb247c2766925ca7460570a42b",
                source: "fnan/FeatureBudgetedRandomForest@8d6ee9b3e353e3dc19ecaf6930b95588d9227cfc/mbne_tiny_tr",
            },
            DataFile {
                path: "paper/mbne_tiny_tv.xz",
                role: Role::Valid,
                rows: 1000,
                sha256: "0f0c67f2fe5970e858e6104ab6f3ad38730b9fee6a6065f0c477796d81b87b32",
                sha256_plain: "e8cfcde698fed27c402d20ab1299b0c6cadf16776ad006935a435282c851739a",
                source: "fnan/FeatureBudgetedRandomForest@8d6ee9b3e353e3dc19ecaf6930b95588d9227cfc/mbne_tiny_tv",
            },
            DataFile {
                path: "paper/mbne_tiny_te.xz",
                role: Role::Test,
                rows: 2000,
                sha256: "265e54a69a0189dffaac27c123e6765b9bce8187ef2516421dd3fc1a3345274b",
                sha256_plain: "6f278075fd85ad1c0f7bfc338b26701e262e8d31fb9320a2cabab8e3855a9422",
                source: "fnan/FeatureBudgetedRandomForest@8d6ee9b3e353e3dc19ecaf6930b95588d9227cfc/mbne_tiny_te",
            },
        ],
        licence: "MIT",
        n_examples: 5000,
        n_features: 50,
        kind: Kind::Classes(2),
        parsing: Parsing::Libsvm,
        repair: Repair::None,
        prices: None,
    },
    DataSet {
        name: "covertype",
        title: "Forest cover type, UCI column order",
        files: &[DataFile {
            path: "paper/covtype_union397050.data.xz",
            role: Role::All,
            rows: 397050,
            sha256: "897eb695d1b46945e2ccd82f9b097cd79ccefda7e708cfbe9fef700521a9a8a7",
            sha256_plain: "1f37d307c4f941c14ab59ee57e9a51b409e0bd2d8e2a0fc468b2371d686929fb",
            source: "marsbroshok/mlops-labs@4759305e/datasets/covertype/covertype_{evaluation,validate,testing,serving}.csv (union of ten random splits from the history of these files)",
        }],
        licence: "not stated",
        n_examples: 397050,
        n_features: 54,
        kind: Kind::Classes(7),
        parsing: Parsing::Listed { columns: COVERTYPE, target: "Cover_Type" },
        repair: Repair::None,
        prices: None,
    },
    DataSet {
        name: "thyroid",
        title: "Thyroid disease (ann), with test prices",
        files: &[
            DataFile {
                path: "cost/ann-train.data.xz",
                role: Role::Train,
                rows: 3772,
                sha256: "5d76287dd66b7cbf7d708ea3d95f7fb4728950ba0841b12c3ca071bbddc09882",
                sha256_plain: "3da53a156bda36cb0c97e9f4b6b111c9226c54c4aa00230de5604b787c47e3a6",
                source: "mcavus/Genetic-Algorithm-Classification@efebbdb624ddd5027f752ecb569c4734ee17e0e2/ann-train.data",
            },
            DataFile {
                path: "cost/ann-test.data.xz",
                role: Role::Test,
                rows: 3428,
                sha256: "2c9322ec022325a575e95c389152d2df2d024c4138bd5e841a36c98ec4ad32d8",
                sha256_plain: "c649ea19416e78c7996cfaaa2a9e281cb597d4b075aaa68c494fc3e4ee3aa30b",
                source: "mcavus/Genetic-Algorithm-Classification@efebbdb624ddd5027f752ecb569c4734ee17e0e2/ann-test.data",
            },
        ],
        licence: "not stated",
        n_examples: 7200,
        n_features: 21,
        kind: Kind::Classes(3),
        parsing: Parsing::Listed { columns: THYROID, target: "class" },
        repair: Repair::None,
        prices: Some("ann_thyroid"),
    },
    DataSet {
        name: "heart",
        title: "Heart disease (Cleveland), healthy against any disease, with test prices",
        files: &[DataFile {
            path: "cost/processed.cleveland.data.xz",
            role: Role::All,
            rows: 303,
            sha256: "c561e2a6b8a64cd75855d68ef20590bb3895fad80420108d688a985e5a7b28e8",
            sha256_plain: "70740de5ca89992197f7fad42a118f55b81a71694f3c495ab542c267dc7f09ef",
            source: "BrandonRoehl/mlProject@9bbbcdb37582ea61a99ca83ed8ef079c4f4109f1/processed.cleveland.data",
        }],
        licence: "not stated",
        n_examples: 303,
        n_features: 13,
        kind: Kind::Classes(2),
        parsing: Parsing::Listed { columns: HEART, target: "num" },
        repair: Repair::AnyDisease,
        prices: Some("heart_disease_cleveland"),
    },
    DataSet {
        name: "heart5",
        title: "Heart disease (Cleveland), degrees 0 to 4, with test prices",
        files: &[DataFile {
            path: "cost/processed.cleveland.data.xz",
            role: Role::All,
            rows: 303,
            sha256: "c561e2a6b8a64cd75855d68ef20590bb3895fad80420108d688a985e5a7b28e8",
            sha256_plain: "70740de5ca89992197f7fad42a118f55b81a71694f3c495ab542c267dc7f09ef",
            source: "BrandonRoehl/mlProject@9bbbcdb37582ea61a99ca83ed8ef079c4f4109f1/processed.cleveland.data",
        }],
        licence: "not stated",
        n_examples: 303,
        n_features: 13,
        kind: Kind::Classes(5),
        parsing: Parsing::Listed { columns: HEART, target: "num" },
        repair: HEART_LABELS,
        prices: Some("heart_disease_cleveland"),
    },
    DataSet {
        name: "pima",
        title: "Diabetes of Pima women, with test prices",
        files: &[DataFile {
            path: "cost/pima-indians-diabetes.csv.xz",
            role: Role::All,
            rows: 768,
            sha256: "31c8b588078ebb8721724dc86cd972cd3ec559cf25cbdb8c9ce13d3ddfe80169",
            sha256_plain: "6bfe5d0f379d17a0e0819b996407e3c09bf80febd4287f2ed212190dfff154af",
            source: "jbrownlee/Datasets@d20fcb6402ae34e653d4513b00f39257bb37ed7f/pima-indians-diabetes.data.csv",
        }],
        licence: "not stated",
        n_examples: 768,
        n_features: 8,
        kind: Kind::Classes(2),
        parsing: Parsing::Listed { columns: PIMA, target: "diabetes" },
        repair: Repair::ZeroIsMissing(PIMA_ZERO_IS_MISSING),
        prices: Some("pima_indians_diabetes"),
    },
    DataSet {
        name: "nhanes",
        title: "Diabetes in the NHANES survey, with prices by questionnaire",
        files: &[
            DataFile {
                path: "cost/nhanes_diabetes_train.csv.xz",
                role: Role::Train,
                rows: 4412,
                sha256: "5ee2d7a12bdc52f921e5573721962fdc4327f65dcdbcd06c3a3a6414e19a4bb3",
                sha256_plain: "2dbd3953381878ea0edee616b14f4988148d88d8fffa51f415882d531afe90d4",
                source: "semerj/NHANES-diabetes@42b711bd03b95d55b372b64de45bff52ec4d6c70/data/diabetes_data_train.csv",
            },
            DataFile {
                path: "cost/nhanes_diabetes_test.csv.xz",
                role: Role::Test,
                rows: 1103,
                sha256: "5d3b41c33587048fb058e4f1dcbdbd6d063df275e98f785668a806b7a6de0a6e",
                sha256_plain: "ad081819dc26a446935877418f5b399298630c12db821f18a505fab67a72a6fe",
                source: "semerj/NHANES-diabetes@42b711bd03b95d55b372b64de45bff52ec4d6c70/data/diabetes_data_test.csv",
            },
        ],
        licence: "not stated",
        n_examples: 5515,
        n_features: 16,
        kind: Kind::Classes(2),
        parsing: Parsing::Headed { target: "status" },
        repair: Repair::None,
        prices: Some("nhanes_diabetes"),
    },
    DataSet {
        name: "mq2008",
        title: "LETOR 4.0 MQ2008, fold 1, relevance 0 to 2 by query",
        files: &fold(1),
        licence: "not stated",
        n_examples: 15211,
        n_features: 46,
        kind: Kind::Classes(3),
        parsing: Parsing::Libsvm,
        repair: Repair::None,
        prices: None,
    },
    DataSet {
        name: "mq2008-fold2",
        title: "LETOR 4.0 MQ2008, fold 2, relevance 0 to 2 by query",
        files: &fold(2),
        licence: "not stated",
        n_examples: 15211,
        n_features: 46,
        kind: Kind::Classes(3),
        parsing: Parsing::Libsvm,
        repair: Repair::None,
        prices: None,
    },
    DataSet {
        name: "mq2008-fold3",
        title: "LETOR 4.0 MQ2008, fold 3, relevance 0 to 2 by query",
        files: &fold(3),
        licence: "not stated",
        n_examples: 15211,
        n_features: 46,
        kind: Kind::Classes(3),
        parsing: Parsing::Libsvm,
        repair: Repair::None,
        prices: None,
    },
    DataSet {
        name: "mq2008-fold4",
        title: "LETOR 4.0 MQ2008, fold 4, relevance 0 to 2 by query",
        files: &fold(4),
        licence: "not stated",
        n_examples: 15211,
        n_features: 46,
        kind: Kind::Classes(3),
        parsing: Parsing::Libsvm,
        repair: Repair::None,
        prices: None,
    },
    DataSet {
        name: "mq2008-fold5",
        title: "LETOR 4.0 MQ2008, fold 5, relevance 0 to 2 by query",
        files: &fold(5),
        licence: "not stated",
        n_examples: 15211,
        n_features: 46,
        kind: Kind::Classes(3),
        parsing: Parsing::Libsvm,
        repair: Repair::None,
        prices: None,
    },
    DataSet {
        name: "adult",
        title: "Census income",
        files: &[
            DataFile {
                path: "tabular/adult.data.xz",
                role: Role::Train,
                rows: 32561,
                sha256: "1a26c887f4b7b4b4e0f99750aca36e24a777e32b8f3a51118d33048407422670",
                sha256_plain: "5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d",
                source: "jbrownlee/Datasets@d20fcb6402ae34e653d4513b00f39257bb37ed7f/adult-train.csv",
            },
            DataFile {
                path: "tabular/adult.test.xz",
                role: Role::Test,
                rows: 16281,
                sha256: "f8a11fc5644724aa719de93b4f7a64293b2cab6c4f790d2f242f581625dad8cb",
                sha256_plain: "72567b94f5c1a6f8501377dd80f93892c3848ff071cf91ba47e00b0785a28074",
                source: "jbrownlee/Datasets@d20fcb6402ae34e653d4513b00f39257bb37ed7f/adult-test.csv",
            },
        ],
        licence: "not stated",
        n_examples: 48842,
        n_features: 14,
        kind: Kind::Classes(2),
        parsing: Parsing::Listed { columns: ADULT, target: "income" },
        repair: ADULT_LABELS,
        prices: None,
    },
    DataSet {
        name: "bank",
        title: "Bank marketing",
        files: &[DataFile {
            path: "tabular/bank-full.csv.xz",
            role: Role::All,
            rows: 45211,
            sha256: "a327fbf5868f7cf05ecc5b5270cad3734134a5fbf10a37c01812f774cece89e6",
            sha256_plain: "d1513ec63b385506f7cfce9f2c5caa9fe99e7ba4e8c3fa264b3aaf0f849ed32d",
            source: "talkativewarrior/PRODIGY_DS_03@8b11408cd7b4603185a06629a5a4c4edb6953979/bank-additional.zip:Bank/bank-full.csv",
        }],
        licence: "not stated",
        n_examples: 45211,
        n_features: 16,
        kind: Kind::Classes(2),
        parsing: Parsing::Headed { target: "y" },
        repair: Repair::None,
        prices: None,
    },
    DataSet {
        name: "shuttle",
        title: "Statlog shuttle",
        files: &[DataFile {
            path: "tabular/pmlb_shuttle.tsv.xz",
            role: Role::All,
            rows: 58000,
            sha256: "b3e0364340252d818b6ef11a7cd5351c5c75842257a0a0d79fcee6eefdab8e18",
            sha256_plain: "0ee9339cbf69ca929411b0dfd2b3cb53f478035d1eef554347f2c9d448921eb6",
            source: "EpistasisLab/pmlb@253138e2aa4098734fb9154ec3570fbcad5f4197/datasets/shuttle/shuttle.tsv.gz",
        }],
        licence: "MIT (collection)",
        n_examples: 58000,
        n_features: 9,
        kind: Kind::Classes(7),
        parsing: Parsing::Headed { target: "target" },
        repair: Repair::None,
        prices: None,
    },
    DataSet {
        name: "kddcup",
        title: "KDD Cup 1999 intrusions, categories as integers",
        files: &[DataFile {
            path: "tabular/pmlb_kddcup.tsv.xz",
            role: Role::All,
            rows: 494020,
            sha256: "9f6a48b84ad2987492f3077535e7bff7ff62871ab630ab80aab5aab6eff48705",
            sha256_plain: "e0fbcd4a5e6c32d9f36e786aa9cacbb6f184780b8e62d0cc847e738925ccc503",
            source: "EpistasisLab/pmlb@253138e2aa4098734fb9154ec3570fbcad5f4197/datasets/kddcup/kddcup.tsv.gz",
        }],
        licence: "MIT (collection)",
        n_examples: 494020,
        n_features: 41,
        kind: Kind::Classes(23),
        parsing: Parsing::Headed { target: "target" },
        repair: Repair::None,
        prices: None,
    },
    DataSet {
        name: "satimage",
        title: "Statlog Landsat pixels",
        files: &[DataFile {
            path: "tabular/pmlb_satimage.tsv.xz",
            role: Role::All,
            rows: 6435,
            sha256: "8df4922c79aec1d9cc633ae6994f1d78a94c9068f16b6a3918f0504cd8eeb1f1",
            sha256_plain: "64f24621c46cfc27caa7ec92641e49122a8d7ecfc5fe6a6d38179034670534c1",
            source: "EpistasisLab/pmlb@253138e2aa4098734fb9154ec3570fbcad5f4197/datasets/satimage/satimage.tsv.gz",
        }],
        licence: "MIT (collection)",
        n_examples: 6435,
        n_features: 36,
        kind: Kind::Classes(6),
        parsing: Parsing::Headed { target: "target" },
        repair: Repair::None,
        prices: None,
    },
    DataSet {
        name: "cal_housing",
        title: "California housing, 1990 census blocks",
        files: &[DataFile {
            path: "tabular/cal_housing.csv.xz",
            role: Role::All,
            rows: 20640,
            sha256: "ac73be2af03ab4abd7e8b91f82f72134a6affacb1426d454a4d5f7e2cb17421b",
            sha256_plain: "22765e46e56a449c6e095c53d3c89da5cbd0d8778d94b5667e7c3ed8578f7e8c",
            source: "h2oai/h2o-2@be350f3f2c2fb6f135cc07c41f83fd0e4f521ac1/smalldata/gbm_test/CaliforniaHousing/cal_housing.data",
        }],
        licence: "not stated",
        n_examples: 20640,
        n_features: 8,
        kind: Kind::Values,
        parsing: Parsing::Headed { target: "medianHouseValue" },
        repair: Repair::None,
        prices: None,
    },
    DataSet {
        name: "bike",
        title: "Bike sharing by the hour, standardised, columns unnamed",
        files: &[DataFile {
            path: "tabular/uci_bike.csv.xz",
            role: Role::All,
            rows: 17379,
            sha256: "170e52459c810ab876d7c6fe3770dd86043a4fb1d43dfd02049377e2c21ede97",
            sha256_plain: "7f5ea8a57009452a944e2c127a063a3494487f516bafe139f85aa623e26648e3",
            source: "treforevans/uci_datasets@f0737523712fe66a1640e4b980b927e8490b58eb/uci_datasets/bike/data.csv.gz",
        }],
        licence: "not stated",
        n_examples: 17379,
        n_features: 17,
        kind: Kind::Values,
        parsing: Parsing::Unnamed,
        repair: Repair::None,
        prices: None,
    },
];

const COVERTYPE: &[&str] = &[
    "Elevation",
    "Aspect",
    "Slope",
    "Horizontal_Distance_To_Hydrology",
    "Vertical_Distance_To_Hydrology",
    "Horizontal_Distance_To_Roadways",
    "Hillshade_9am",
    "Hillshade_Noon",
    "Hillshade_3pm",
    "Horizontal_Distance_To_Fire_Points",
    "Wilderness_Area1",
    "Wilderness_Area2",
    "Wilderness_Area3",
    "Wilderness_Area4",
    "Soil_Type1",
    "Soil_Type2",
    "Soil_Type3",
    "Soil_Type4",
    "Soil_Type5",
    "Soil_Type6",
    "Soil_Type7",
    "Soil_Type8",
    "Soil_Type9",
    "Soil_Type10",
    "Soil_Type11",
    "Soil_Type12",
    "Soil_Type13",
    "Soil_Type14",
    "Soil_Type15",
    "Soil_Type16",
    "Soil_Type17",
    "Soil_Type18",
    "Soil_Type19",
    "Soil_Type20",
    "Soil_Type21",
    "Soil_Type22",
    "Soil_Type23",
    "Soil_Type24",
    "Soil_Type25",
    "Soil_Type26",
    "Soil_Type27",
    "Soil_Type28",
    "Soil_Type29",
    "Soil_Type30",
    "Soil_Type31",
    "Soil_Type32",
    "Soil_Type33",
    "Soil_Type34",
    "Soil_Type35",
    "Soil_Type36",
    "Soil_Type37",
    "Soil_Type38",
    "Soil_Type39",
    "Soil_Type40",
    "Cover_Type",
];

const THYROID: &[&str] = &[
    "age",
    "sex",
    "on_thyroxine",
    "query_on_thyroxine",
    "on_antithyroid_medication",
    "sick",
    "pregnant",
    "thyroid_surgery",
    "I131_treatment",
    "query_hypothyroid",
    "query_hyperthyroid",
    "lithium",
    "goitre",
    "tumor",
    "hypopituitary",
    "psych",
    "TSH",
    "T3",
    "TT4",
    "T4U",
    "FTI",
    "class",
];

const HEART: &[&str] = &[
    "age", "sex", "cp", "trestbps", "chol", "fbs", "restecg", "thalach", "exang", "oldpeak", "slope", "ca", "thal",
    "num",
];

const PIMA: &[&str] =
    &["pregnancies", "glucose", "blood_pressure", "skin_thickness", "insulin", "bmi", "pedigree", "age", "diabetes"];

const PIMA_ZERO_IS_MISSING: &[&str] = &["glucose", "blood_pressure", "skin_thickness", "insulin", "bmi"];

/// Labels of the test file end in a dot.
const ADULT_LABELS: Repair = Repair::LineEnd { found: ".", put: "" };

/// Two rows of this copy (lines 299 and 302) have the label 10, which does not exist; another public
/// copy has 1 there, which gives class counts of 164, 55, 36, 35 and 13.
const HEART_LABELS: Repair = Repair::LineEnd { found: ",10", put: ",1" };

const ADULT: &[&str] = &[
    "age",
    "workclass",
    "fnlwgt",
    "education",
    "education_num",
    "marital_status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "capital_gain",
    "capital_loss",
    "hours_per_week",
    "native_country",
    "income",
];

/// The five parts of MQ2008; roles are set by [`fold`].
const MQ2008: [DataFile; 5] = [
    DataFile {
        path: "letor/MQ2008_S1.txt.xz",
        role: Role::Train,
        rows: 2933,
        sha256: "dfba056295b83c17a356408d3a5263aca1b69a6d31139bfee7cf5ab15f3b4b4b",
        sha256_plain: "cbd42504549a2388f6c0aefdb506f22074225b574c7a5df10194174c9b00e4e0",
        source: "meta-toolkit/meta@eab9748c3c40da28619f043c99d030e1ca66401d/data/MQ2008/Fold2/test.txt",
    },
    DataFile {
        path: "letor/MQ2008_S2.txt.xz",
        role: Role::Train,
        rows: 3635,
        sha256: "cbbb51154174cad8df0791e572efda0482592587655aa99d237c9c9a692b1e18",
        sha256_plain: "055ac792cb8f7d5a029090b8acbfb6c57323339d1371251bf2465ac182aa8605",
        source: "meta-toolkit/meta@eab9748c3c40da28619f043c99d030e1ca66401d/data/MQ2008/Fold3/test.txt",
    },
    DataFile {
        path: "letor/MQ2008_S3.txt.xz",
        role: Role::Train,
        rows: 3062,
        sha256: "11cddfeba97c9eda56628595f42f8d24e9acab35439eb27bc3c5d345128e5059",
        sha256_plain: "a03fe2b6e76479de60fecdb37d560a40a4e899b0cd685553d2da31ea205af1ab",
        source: "meta-toolkit/meta@eab9748c3c40da28619f043c99d030e1ca66401d/data/MQ2008/Fold4/test.txt",
    },
    DataFile {
        path: "letor/MQ2008_S4.txt.xz",
        role: Role::Train,
        rows: 2707,
        sha256: "417289bb16f1319ccd412cce594314ea699bb1e202b405dd84ac34cfcb691d66",
        sha256_plain: "a239850bc6fe960ad08c2b7b0d99db90fe976dd93a15358e98036591b4e7a2ac",
        source: "meta-toolkit/meta@eab9748c3c40da28619f043c99d030e1ca66401d/data/MQ2008/Fold1/vali.txt",
    },
    DataFile {
        path: "letor/MQ2008_S5.txt.xz",
        role: Role::Train,
        rows: 2874,
        sha256: "2af67df9706d211bf758c224bee6d7d0e71e9563032f6761c317098554b2e582",
        sha256_plain: "c68c52feb1ecae7f17b64c8e2fda2098302681bbd4ea5fad8c73a1d32a1cf2b2",
        source: "meta-toolkit/meta@eab9748c3c40da28619f043c99d030e1ca66401d/data/MQ2008/Fold1/test.txt",
    },
];

/// Files of a fold (1 to 5): three parts to train on, one to validate, one to test, in turn.
const fn fold(number: usize) -> [DataFile; 5] {
    let at = number - 1;
    let mut files =
        [MQ2008[at], MQ2008[(at + 1) % 5], MQ2008[(at + 2) % 5], MQ2008[(at + 3) % 5], MQ2008[(at + 4) % 5]];
    files[3].role = Role::Valid;
    files[4].role = Role::Test;
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_table_is_consistent() {
        let mut names = HashSet::new();
        for set in DATA_SETS {
            assert!(names.insert(set.name), "{}", set.name);
            assert_eq!(set.files.iter().map(|file| file.rows).sum::<usize>(), set.n_examples, "{}", set.name);
            if let Parsing::Listed { columns, target } = set.parsing {
                assert_eq!(columns.len(), set.n_features + 1, "{}", set.name);
                assert_eq!(columns.last(), Some(&target));
                assert_eq!(columns.iter().collect::<HashSet<_>>().len(), columns.len());
            }
            for file in set.files {
                for digest in [file.sha256, file.sha256_plain] {
                    assert!(digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit()), "{}", file.path);
                }
            }
        }
        assert!(find("covertype").is_some() && find("none").is_none());
    }

    #[test]
    fn folds_turn() {
        let fold = find("mq2008-fold3").unwrap();
        let paths: Vec<_> = fold.files.iter().map(|file| (file.path, file.role)).collect();
        assert_eq!(
            paths,
            [
                ("letor/MQ2008_S3.txt.xz", Role::Train),
                ("letor/MQ2008_S4.txt.xz", Role::Train),
                ("letor/MQ2008_S5.txt.xz", Role::Train),
                ("letor/MQ2008_S1.txt.xz", Role::Valid),
                ("letor/MQ2008_S2.txt.xz", Role::Test),
            ]
        );
    }
}
