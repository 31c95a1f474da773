//! Fields as the format has them: scalars, and arrays after their length.

/// What has been written so far.
#[derive(Default)]
pub(super) struct Bytes(pub(super) Vec<u8>);

/// A type whose entries stand in a file.
pub(super) trait Field: Copy {
    /// Appends the entry, little-endian.
    fn append(self, to: &mut Vec<u8>);
}

macro_rules! field {
    ($($type:ty),*) => {
        $(impl Field for $type {
            fn append(self, to: &mut Vec<u8>) {
                to.extend_from_slice(&self.to_le_bytes());
            }
        })*
    };
}

field!(u8, i8, i32, u32, u64, f32, f64);

impl Field for bool {
    fn append(self, to: &mut Vec<u8>) {
        to.push(u8::from(self));
    }
}

impl Bytes {
    pub(super) fn scalar(&mut self, value: impl Field) {
        value.append(&mut self.0);
    }

    pub(super) fn array<T: Field>(&mut self, entries: impl ExactSizeIterator<Item = T>) {
        self.scalar(entries.len() as u64);
        entries.for_each(|entry| entry.append(&mut self.0));
    }

    pub(super) fn text(&mut self, text: &str) {
        self.array(text.bytes());
    }
}
