//! Reads protobuf fields out of a byte string, without copying and without a schema.
//!
//! As strict and as lenient as the Go library the API server decodes with: unknown fields and groups are skipped, a field
//! number of zero, an overlong varint or a cut-off value is malformed. It writes length-delimited and varint fields only.

/// The bytes are not a protobuf message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a protobuf message")]
pub(crate) struct Malformed;

/// One field's value, as far as its wire type tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    /// A fixed-width number or a group: none of the messages read here has a field of such a type.
    Skipped,
}

/// Iterates over the fields of one message in the order they were written.
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

/// Groups may nest this deep. Source: `protowire.DefaultRecursionLimit`.
const MAX_GROUP_DEPTH: usize = 10_000;
const MAX_FIELD_NUMBER: u64 = (1 << 29) - 1;

impl<'a> Fields<'a> {
    pub(crate) fn of(message: &'a [u8]) -> Fields<'a> {
        Fields { rest: message }
    }

    fn field(&mut self) -> Result<(u32, Value<'a>), Malformed> {
        let (number, wire_type) = self.tag()?;
        let value = match wire_type {
            0 => Value::Varint(self.varint()?),
            2 => Value::Bytes(self.delimited()?),
            3 => {
                self.skip_group(number)?;
                Value::Skipped
            }
            other => {
                self.skip_fixed(other)?;
                Value::Skipped
            }
        };
        Ok((number, value))
    }

    fn tag(&mut self) -> Result<(u32, u8), Malformed> {
        let tag = self.varint()?;
        let number = tag >> 3;
        if number == 0 || number > MAX_FIELD_NUMBER {
            return Err(Malformed);
        }
        Ok((u32::try_from(number).map_err(|_| Malformed)?, (tag & 7) as u8))
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            if shift == 63 && byte > 1 {
                return Err(Malformed);
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    fn delimited(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.varint()?).map_err(|_| Malformed)?;
        self.take(length)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    fn skip_fixed(&mut self, wire_type: u8) -> Result<(), Malformed> {
        match wire_type {
            1 => self.take(8).map(drop),
            5 => self.take(4).map(drop),
            _ => Err(Malformed),
        }
    }

    /// Skips to the matching end; a stack and not recursion, because the depth is the sender's choice.
    fn skip_group(&mut self, number: u32) -> Result<(), Malformed> {
        let mut open = vec![number];
        while let Some(&innermost) = open.last() {
            match self.tag()? {
                (_, 0) => drop(self.varint()?),
                (_, 2) => drop(self.delimited()?),
                (number, 3) if open.len() < MAX_GROUP_DEPTH => open.push(number),
                (number, 4) if number == innermost => drop(open.pop()),
                (_, other) => self.skip_fixed(other)?,
            }
        }
        Ok(())
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Value<'a>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[]; // nothing after a malformed field means anything
        }
        Some(field)
    }
}

/// Number of bytes [`put_varint`] writes.
pub(crate) fn varint_len(value: usize) -> usize {
    (1..)
        .find(|&bytes| bytes == 10 || value >> (7 * bytes) == 0)
        .unwrap_or(10)
}

/// Number of bytes [`put_bytes`] writes for a field number below sixteen.
pub(crate) fn bytes_len(value: usize) -> usize {
    1 + varint_len(value) + value
}

pub(crate) fn put_varint(mut value: usize, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Writes tag and length of a length-delimited field, whose bytes the caller writes next.
pub(crate) fn put_header(number: u8, length: usize, out: &mut Vec<u8>) {
    out.push(number << 3 | 2);
    put_varint(length, out);
}

pub(crate) fn put_bytes(number: u8, value: &[u8], out: &mut Vec<u8>) {
    put_header(number, value.len(), out);
    out.extend_from_slice(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(message: &[u8]) -> Result<Vec<(u32, Value<'_>)>, Malformed> {
        Fields::of(message).collect()
    }

    #[test]
    fn reads_varints_and_bytes_and_skips_the_rest() {
        let message = [
            0x08, 0x96, 0x01, 0x12, 0x02, b'h', b'i', 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x25, 1, 2, 3, 4,
        ];
        assert_eq!(
            read(&message),
            Ok(vec![
                (1, Value::Varint(150)),
                (2, Value::Bytes(b"hi")),
                (3, Value::Skipped),
                (4, Value::Skipped)
            ])
        );
    }

    #[test]
    fn skips_nested_groups() {
        let message = [0x0b, 0x13, 0x08, 0x01, 0x12, 0x01, b'x', 0x14, 0x0c, 0x10, 0x05];
        assert_eq!(
            read(&message),
            Ok(vec![(1, Value::Skipped), (2, Value::Varint(5))])
        );
    }

    #[test]
    fn refuses_what_the_go_library_refuses() {
        let cases: [&[u8]; 9] = [
            &[0x00, 0x01],                                                       // field number zero
            &[0x0c],             // end of a group that was not opened
            &[0x0b, 0x14],       // end of another group
            &[0x0b],             // group without an end
            &[0x0a, 0x05, 1, 2], // bytes cut off
            &[0x08],             // varint missing
            &[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02], // varint beyond 64 bits
            &[0x0e, 0x00],       // wire type six
            &[0xf8, 0xff, 0xff, 0xff, 0x1f, 0x00], // field number beyond 2^29
        ];
        for case in cases {
            assert_eq!(read(case), Err(Malformed), "{case:x?}");
        }
    }

    #[test]
    fn a_million_opened_groups_do_not_overflow_the_stack() {
        assert_eq!(read(&vec![0x0b; 1_000_000]), Err(Malformed));
    }

    #[test]
    fn announces_the_length_it_writes() {
        for value in [0usize, 1, 127, 128, 16_383, 16_384, 1 << 20, usize::MAX] {
            let mut out = Vec::new();
            put_varint(value, &mut out);
            assert_eq!(out.len(), varint_len(value), "{value}");
            out.insert(0, 0x08);
            assert_eq!(read(&out), Ok(vec![(1, Value::Varint(value as u64))]));
        }
        let mut out = Vec::new();
        put_bytes(4, &[7; 300], &mut out);
        assert_eq!(out.len(), bytes_len(300));
        assert_eq!(read(&out), Ok(vec![(4, Value::Bytes(&[7; 300]))]));
    }
}
