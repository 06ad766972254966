//! Reads records of older formats into the types of today. Postcard writes the fields of a type one after the other and without
//! names, so all that is to be known of an older format is which fields it wrote otherwise: [`CHANGES`], a row each.
//! Knows no event by itself.

use std::fmt;

use hotline_engine::Record;
use serde::de::value::{BoolDeserializer, UnitDeserializer};
use serde::de::{DeserializeSeed, EnumAccess, SeqAccess, VariantAccess, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};

/// The oldest format that is read.
pub(super) const OLDEST: u8 = 5;

/// What an older record has in the place of a field.
#[derive(Clone, Copy)]
enum Then {
    /// Nothing; it is false.
    NothingFalse,
    /// Nothing; it is none.
    NothingNone,
    /// What may be none today, and was always there.
    Always,
    /// A unit and whether its word was final, or none. It cannot be made into what stands there today, and is left out.
    Owner,
}

/// The first format that writes a field as it is today, its type (of a variant: the enum), its name, and what was there before.
/// A field that a format brings is added here, and never taken out; a variant is added at the end of its enum and needs no row.
const CHANGES: [(u8, &str, &str, Then); 7] = [
    (6, "Merge", "before", Then::Owner),
    (7, "EndedCycle", "unit", Then::Always),
    (8, "CoUnit", "due", Then::NothingNone),
    (8, "CoUnit", "late", Then::NothingFalse),
    (8, "Event", "co_unit", Then::NothingNone),
    (8, "Similar", "same_place", Then::NothingFalse),
    (9, "Ladder", "assumed", Then::NothingFalse),
];

/// Reads a record of a format from [`OLDEST`] on, without the byte that names it.
pub(super) fn decode(format: u8, bytes: &[u8]) -> Result<Record, postcard::Error> {
    let mut from = postcard::Deserializer::from_bytes(bytes);
    let record = Record::deserialize(Older::of(format, &mut from))?;
    if from.finalize()?.is_empty() {
        Ok(record)
    } else {
        Err(postcard::Error::DeserializeBadEncoding)
    }
}

/// A part of serde's way from bytes to a type, which hands its format on to the parts that it is asked for.
struct Older<T> {
    part: T,
    format: u8,
    /// The type whose fields are read, if it has any.
    name: &'static str,
    fields: &'static [&'static str],
    /// How many of them are.
    read: usize,
}

impl<T> Older<T> {
    fn of(format: u8, part: T) -> Older<T> {
        Older { part, format, name: "", fields: &[], read: 0 }
    }

    fn and<U>(&self, part: U) -> Older<U> {
        Older { part, format: self.format, name: self.name, fields: self.fields, read: self.read }
    }

    /// What the record has in place of the next field, where that is something else.
    fn next_field(&mut self) -> Option<Then> {
        let field = self.fields.get(self.read)?;
        self.read += 1;
        let row = CHANGES.iter().find(|(_, name, of_it, _)| *name == self.name && of_it == field);
        row.filter(|(since, ..)| self.format < *since).map(|(.., then)| *then)
    }
}

/// Values without parts: they were always written as they are today.
macro_rules! plain {
    ($($method:ident)+) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.part.$method(visitor)
        }
    )+ };
}

/// Values of parts.
macro_rules! of_parts {
    ($($method:ident($($argument:ident: $type:ty),*))+) => { $(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.part.$method($($argument,)* Older::of(self.format, visitor))
        }
    )+ };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Older<D> {
    type Error = D::Error;

    plain! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64 deserialize_char deserialize_str
        deserialize_string deserialize_bytes deserialize_byte_buf deserialize_unit deserialize_identifier
        deserialize_ignored_any
    }

    of_parts! {
        deserialize_option()
        deserialize_unit_struct(name: &'static str)
        deserialize_newtype_struct(name: &'static str)
        deserialize_seq()
        deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_map()
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = Older { name, fields, ..Older::of(self.format, visitor) };
        self.part.deserialize_struct(name, fields, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = Older { name, ..Older::of(self.format, visitor) };
        self.part.deserialize_enum(name, variants, visitor)
    }

    fn is_human_readable(&self) -> bool {
        self.part.is_human_readable()
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Older<V> {
    type Value = V::Value;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.part.expecting(to)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.part.visit_none()
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.part.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<V::Value, D::Error> {
        self.part.visit_some(Older::of(self.format, from))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, from: D) -> Result<V::Value, D::Error> {
        self.part.visit_newtype_struct(Older::of(self.format, from))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, from: A) -> Result<V::Value, A::Error> {
        let from = self.and(from);
        self.part.visit_seq(from)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, from: A) -> Result<V::Value, A::Error> {
        let from = self.and(from);
        self.part.visit_enum(from)
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Older<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<S::Value, D::Error> {
        self.part.deserialize(Older::of(self.format, from))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Older<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        match self.next_field() {
            None => self.part.next_element_seed(Older::of(self.format, seed)),
            Some(Then::Always) => self.part.next_element_seed(Always(seed)),
            Some(Then::NothingFalse) => seed.deserialize(BoolDeserializer::new(false)).map(Some),
            Some(Then::NothingNone) => seed.deserialize(UnitDeserializer::new()).map(Some),
            Some(Then::Owner) => {
                self.part.next_element::<Option<(u16, bool)>>()?;
                seed.deserialize(UnitDeserializer::new()).map(Some)
            }
        }
    }

    fn size_hint(&self) -> Option<usize> {
        self.part.size_hint()
    }
}

impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for Older<A> {
    type Error = A::Error;
    type Variant = Older<A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), A::Error> {
        let (format, name) = (self.format, self.name);
        let (value, variant) = self.part.variant_seed(seed)?;
        Ok((value, Older { name, ..Older::of(format, variant) }))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Older<A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.part.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.part.newtype_variant_seed(Older::of(self.format, seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.part.tuple_variant(len, Older::of(self.format, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let visitor = Older { name: self.name, fields, ..Older::of(self.format, visitor) };
        self.part.struct_variant(fields, visitor)
    }
}

/// A seed or a deserializer of a value that may be none today.
struct Always<T>(T);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Always<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Always(from))
    }
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Always<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_some(self.0)
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use hotline_engine::actor::Actor;
    use hotline_engine::command::Acceptance;
    use hotline_engine::directory::UnitId;
    use hotline_engine::escalation::{Ladder, Rung};
    use hotline_engine::glossary::ReworkReason;
    use hotline_engine::handling::{EndedCycle, Merge, Rework, Similar};
    use hotline_engine::order::{
        Channel, CoUnit, Confidence, Dispatch, Due, Dues, Kind, Mode, OrderId, Stage,
    };
    use hotline_engine::time::Timestamp;
    use hotline_engine::{Event, Record};
    use serde::Serialize;

    const AT: Timestamp = Timestamp::of_ms(1_764_554_400_000);
    const DUE: Due = Due { original: AT, current: AT, assumed: false };
    const ORDER: OrderId = OrderId(7);
    const OTHER: OrderId = OrderId(8);
    const UNIT: UnitId = UnitId(3);

    /// A record of one event, as an older format wrote it: its place among the events, and its fields.
    fn written(place: u32, fields: impl Serialize) -> Vec<u8> {
        postcard::to_stdvec(&(AT, Actor::system(), 1_u8, place, fields)).unwrap()
    }

    fn ladder() -> Ladder {
        let mut ladder = Ladder::default();
        ladder[Rung::Supervision] = Some(AT);
        ladder
    }

    fn rungs() -> [Option<Timestamp>; Rung::ALL.len()] {
        std::array::from_fn(|place| ladder()[Rung::ALL[place]])
    }

    fn acceptance() -> Box<Acceptance> {
        Box::new(Acceptance::plain(Kind::Help, Channel::Phone, "楼道灯不亮".into()))
    }

    /// The last format that wrote it otherwise, what that wrote, and what it is today.
    fn cases() -> Vec<(u8, Vec<u8>, Event)> {
        let dispatch = Dispatch {
            at: AT,
            lead: UNIT,
            co_units: vec![CoUnit { unit: UnitId(9), due: None, late: false }],
            mode: Mode::Auto,
            confidence: Confidence(9_300),
            row: None,
            directory_version: 1,
        };
        let helped =
            (AT, UNIT, [UnitId(9)].as_slice(), Mode::Auto, Confidence(9_300), None::<u32>, 1_u32);
        let merge = Merge { at: AT, by: "desk".into(), into: OTHER, before: None };
        let ended = EndedCycle { due: AT, replied: AT, unit: Some(UNIT), matter: None };
        let rework = Rework {
            at: AT,
            reason: ReworkReason::NewFacts,
            note: "又漏水".into(),
            ended: Some(ended),
        };
        let again = (AT, ReworkReason::NewFacts, "又漏水", Some((AT, AT, UNIT, None::<u16>)));
        let alike = Similar { order: OTHER, percent: 80, same_caller: true, same_place: false };
        let accepted = Event::Accepted {
            order: ORDER,
            number: 7,
            acceptance: acceptance(),
            dues: Dues::default(),
            ladder: ladder(),
            similar: vec![alike],
        };
        let taken = (ORDER, 7_u64, acceptance(), Dues::default(), rungs());
        vec![
            (
                5,
                written(30, (ORDER, AT, "desk", OTHER, Some((UNIT, true)))),
                Event::Merged { order: ORDER, merge },
            ),
            (
                6,
                written(20, (ORDER, again, None::<Due>, rungs())),
                Event::Reworked { order: ORDER, rework, handle_due: None, ladder: ladder() },
            ),
            (
                7,
                written(2, (ORDER, None::<u16>, helped, Dues::default(), None::<UnitId>)),
                Event::Dispatched {
                    order: ORDER,
                    matter: None,
                    dispatch,
                    dues: Dues::default(),
                    withdrawn_from: None,
                },
            ),
            (
                7,
                written(10, (ORDER, Stage::Sign)),
                Event::DuePassed { order: ORDER, stage: Stage::Sign, co_unit: None },
            ),
            (7, written(0, (taken, [(OTHER, 80_u8, true)].as_slice())), accepted),
            (
                8,
                written(17, (ORDER, Some((DUE, rungs())))),
                Event::Resumed { order: ORDER, handling: Some((DUE, ladder())) },
            ),
        ]
    }

    #[test]
    fn what_a_format_wrote_otherwise_is_read_as_what_it_was() {
        for (last, bytes, event) in cases() {
            let record = Record { at: AT, actor: Actor::system(), events: vec![event] };
            assert_eq!(super::decode(last, &bytes).unwrap(), record);
            let as_later = super::decode(last + 1, &bytes).map_err(|error| error.to_string());
            assert_ne!(as_later, Ok(record), "by the format after it, it is not that");
        }
    }

    #[test]
    fn bytes_that_are_left_or_missing_are_an_error() {
        for (last, mut bytes, _) in cases() {
            for end in 0..bytes.len() {
                assert!(super::decode(last, &bytes[..end]).is_err(), "format {last}, {end} bytes");
            }
            bytes.push(0);
            assert!(super::decode(last, &bytes).is_err(), "format {last}, one byte more");
        }
    }
}
