//! What the tool says: its error messages and help texts, word for word. `UPDATE_EXPECT=1 cargo test` writes the files
//! anew when a change is meant; the tests beside this one check the logic.

use clap::CommandFactory;
use expect_test::expect_file;

use super::super::Cli;
use super::{Folder, call};

/// A file, what it holds, and the arguments. `@name` stands for a file of the folder.
type Case = (&'static str, &'static str, &'static str);

/// Bad inputs under their headings.
const CASES: &[(&str, &[Case])] = &[
    ("Tables", TABLES),
    ("Weights", WEIGHTS),
    ("Rows for a model", ROWS),
    ("Prices", PRICES),
    ("Models", MODELS),
    ("Programs", PROGRAMS),
    ("Arguments", ARGUMENTS),
];

const TRAIN: &str = "train --data @bad.csv --out @out";

const TABLES: &[Case] = &[
    ("bad.csv", "", TRAIN),
    ("bad.csv", "a,level\n", TRAIN),
    ("bad.csv", "a,level\n1,x\n2\n", TRAIN),
    ("bad.csv", "a,level\n1,x\n2,\n", TRAIN),
    ("bad.csv", "a,level\n1,x\ninf,y\n", TRAIN),
    ("bad.csv", "a,level\n1,x\n2,x\n", TRAIN),
    ("bad.csv", "a,a\n1,x\n2,y\n", TRAIN),
    ("bad.csv", "level\nx\ny\n", TRAIN),
    ("bad.csv", "a,b,level\n1,1,x\n1,,y\n", "train --data @bad.csv --engine smartcore --out @out"),
    ("bad.csv", "a,level\n1,x\n2,y\n", "train --data @bad.csv --target size --out @out"),
    ("bad.csv", "a,level\n1,x\n2,y\n", "train --data @bad.csv --drop level --out @out"),
    ("bad.csv", "a,level\n1,x\n2,y\n", "train --data @bad.csv --names p,q,r --out @out"),
    ("bad.csv", "a,level\n1,x\n2,y\n", "train --data @bad.csv --features 9 --out @out"),
    ("bad.csv", "a,level\n1,x\n2,y\n", "train --data @bad.csv --criterion squared-error --out @out"),
    ("bad.csv", "a,level\n1,x\n2,y\n", "train --data @bad.csv --decimal , --thousands , --out @out"),
    ("bad.csv", "a;y\n0,5;x\n1,5;z\n", TRAIN),
    ("bad.csv", "a,y\n2024-01-31,x\n2024-02-01,z\n", TRAIN),
    ("bad.csv", "a,y\n1,p\n2,q\n3,p\nmany,q\n", TRAIN),
    ("bad.csv", "a,y\n1,1.5\n2,2.5\n3,3.5\n4,4.5\n5,odd\n", TRAIN),
    ("bad.csv", "a,y\n1,2\n2,2\n", "train --data @bad.csv --task regress --out @out"),
    ("bad.csv", "5,6,7\n3,1,0\n4,5,1\n", TRAIN),
    ("bad.csv", "1 1:2 1:3\n", TRAIN),
    ("bad.csv", "1 1:2\n0 one:3\n", "train --data @bad.csv --format libsvm --out @out"),
    ("bad.csv", "1 1:2\n0 1:3\n", "train --data @bad.csv --target y --out @out"),
    ("bad.csv", "PAR1", TRAIN),
    ("other.csv", "", "train --data @none.csv --out @out"),
];

const WEIGHTED: &str = "train --data @bad.csv --weights w --out @out";

const WEIGHTS: &[Case] = &[
    ("bad.csv", "a,w,y\n1,1,p\n2,,q\n", WEIGHTED),
    ("bad.csv", "a,w,y\n1,1,p\n2,-1,q\n", WEIGHTED),
    ("bad.csv", "a,w,y\n1,1,p\n2,often,q\n", WEIGHTED),
    ("bad.csv", "a;w;y\n1;1;p\n2;0,5;q\n", WEIGHTED),
    ("bad.csv", "a,w,y\n1,0,p\n2,0,q\n", WEIGHTED),
    ("bad.csv", "a,v,y\n1,1,p\n2,1,q\n", WEIGHTED),
    ("bad.csv", "a,w,y\n1,1,p\n2,1,q\n", "train --data @bad.csv --weights w --target w --out @out"),
    ("bad.csv", "a,w,y\n1,1,p\n2,1,q\n", "train --data @bad.csv --weights w --drop w --out @out"),
    ("bad.csv", "1 1:2\n0 1:3\n", WEIGHTED),
    ("bad.csv", "a,w,y\n1,1,p\n2,1,q\n", "train --data @bad.csv --weights w --engine smartcore --out @out"),
    ("bad.csv", "a,w,y\n1,1,p\n2,1,q\n", "tune --train @bad.csv --valid @bad.csv --weights w --peers"),
    ("bad.csv", "a,b,c,level\n1,2,3,low\n", "curve --model @pruned.model --data @bad.csv --weights c"),
];

const PREDICT: &str = "predict --model @pruned.model --data @rows.csv --unpruned --out @out";

const ROWS: &[Case] = &[
    ("rows.csv", "a,b\n1,2\n", PREDICT),
    ("rows.csv", "a,b,c\n1,2,x\n", PREDICT),
    ("rows.csv", "a,b,c\n1,2,1e999\n", PREDICT),
    ("rows.csv", "a,b,c\n90,90,5\n,90,5\n", PREDICT),
    ("rows.csv", "a,b,c,level\n1,2,3,medium\n", PREDICT),
    ("rows.csv", "a,b,c\n1,2,3\n", "report --model @pruned.model --data @rows.csv --out @out"),
    ("rows.csv", "a,b,c,level\n1,2,3,low\n", "prune --model @forest.model --data @rows.csv --loss-on both --out @out"),
];

const PRUNE: &str = "prune --model @forest.model --data @train.csv --prices @p.toml --out @out";

const PRICES: &[Case] = &[
    ("p.toml", "default = -1", PRUNE),
    ("p.toml", "default = nan", PRUNE),
    ("p.toml", "default = 1\n[features]\nzz = []\n", PRUNE),
    ("p.toml", "default = 1\n[sources]\nzz = 1\n", PRUNE),
    ("p.toml", "[sources]\na = 1\n", PRUNE),
    ("p.toml", "default = [", PRUNE),
];

const MODELS: &[Case] = &[
    ("cut.model", "hello", "predict --model @cut.model --data @train.csv"),
    ("cut.model", "", "predict --model @cut.model --data @train.csv"),
    ("cut.model", "", "predict --model @forest.model --data @train.csv"),
    ("m.txt", "hello\n", "import @m.txt --like @train.csv --out @out"),
    ("m.txt", "tree\nversion=v4\nnum_class=1\n", "import @m.txt --like @train.csv --out @out"),
];

const PROGRAMS: &[Case] = &[
    ("bad.sel", "", "solve @bad.sel"),
    ("bad.sel", "hello\n", "solve @bad.sel"),
    ("bad.sel", "p sel 1 1 1\nd 1 0\nr -1\nu 1 1\n", "solve @bad.sel"),
    ("bad.sel", "p sel 1 1 1\nd 1 0\nr 1\nu 1 2\n", "solve @bad.sel"),
    ("bad.sel", "p sel 2 0 0\nd 1 2\nd 1 1\n", "solve @bad.sel"),
    ("bad.sel", "p sel 1 1 1\nd 1 0\nr 1\nu 1 1\n", "verify @bad.sel"),
    ("bad.sel", "p sel 2 0 0\nd 502.5000895788765 0\nd 0.06868326992118212 0\n", "solve @bad.sel --exact"),
    ("bad.sel", "p sel 1 1 1\nd 1 0\nr 1\nu 1 1\n", "solve @bad.sel --lambda 1/0"),
];

const ARGUMENTS: &[Case] = &[
    ("", "", ""),
    ("", "", "plant"),
    ("", "", "prune"),
    ("", "", "train --dta x"),
    ("", "", "prune --model @forest.model --data @train.csv --budget -1 --out @out"),
    ("", "", "prune --model @forest.model --data @train.csv --lambda much --out @out"),
    ("", "", "prune --model @forest.model --data @train.csv --budget 1 --lambda 1 --out @out"),
    ("", "", "prune --model @forest.model --data @train.csv --loss squared-error --out @out"),
    ("", "", "train --data @train.csv --time-limit -3 --out @out"),
    ("", "", "train --data @train.csv --delimiter ab --out @out"),
    ("", "", "train --data @train.csv --out @train.csv"),
    ("", "", "predict --model @pruned.model --data @train.csv --budget 0 --out @none/out"),
];

#[test]
fn errors() {
    let folder = Folder::new();
    folder.pruned();
    folder.forest();
    let root = folder.path("");
    let mut said = String::new();
    for (heading, cases) in CASES {
        said += &format!("# {heading}\n\n");
        for (file, content, args) in *cases {
            if !file.is_empty() {
                folder.file(file, content);
                said += &format!("{file}: {content:?}\n");
            }
            let paths: Vec<String> = args
                .split_whitespace()
                .map(|arg| arg.strip_prefix('@').map_or_else(|| arg.to_owned(), |name| folder.path(name)))
                .collect();
            let line = call(&paths.iter().map(String::as_str).collect::<Vec<_>>()).error(2);
            said += &format!("$ secateur {}\n{}\n\n", args.replace('@', ""), line.replace(&root, ""));
        }
    }
    assert!(!folder.exists("out"), "nothing is written");
    expect_file!["messages.txt"].assert_eq(&said);
}

#[test]
fn help() {
    let mut cli = Cli::command().term_width(100);
    if cli.find_subcommand("allocate").is_some() {
        // The command of a feature, which is not in the file. The list is as wide as its longest name, hidden or not.
        cli = cli.mut_subcommand("allocate", |command| command.name("-").hide(true));
    }
    cli.build();
    let mut said = cli.render_long_help().to_string();
    for command in cli.get_subcommands().filter(|command| !command.is_hide_set()) {
        // Options of all commands are in the first text; where they stand in the others depends on the features.
        let global = |arg: clap::Arg| if arg.is_global_set() { arg.hide(true) } else { arg };
        let text = command.clone().mut_args(global).term_width(100).render_long_help().to_string();
        said += &format!("\n# secateur {}\n\n{text}", command.get_name());
    }
    expect_file!["help.txt"].assert_eq(&said);
}
