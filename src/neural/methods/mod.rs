//! Published methods, each as its authors have it, and beside it the exact allocation it can be compared with.
//!
//! | method | where |
//! |---|---|
//! | sixteen heads (Michel, Levy and Neubig 2019) | [`sixteen_heads`] |

pub mod sixteen_heads;
