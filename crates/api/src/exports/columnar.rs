//! Parquet: the cells of the tables, column by column, in groups of rows of bounded size. The file ends with what says where
//! everything is, so that nothing has to be known at its beginning.

use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use ::parquet::{
    basic::Compression,
    data_type::{
        BoolType, ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, Int32Type,
        Int64Type,
    },
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        properties::WriterProperties,
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::parser::parse_message_type,
};
use dashtam_application::exports::FileError;
use dashtam_domain::time::{Day, Timestamp};

/// Rows of a group, which is what is in memory at a time.
const GROUP: usize = 20_000;
/// Decimal places of the exact numbers, of which there are 38 digits.
const SCALE: usize = 18;
/// The first number with more than 38 digits.
const BEYOND: u128 = 100_000_000_000_000_000_000_000_000_000_000_000_000;

/// What a column holds. Every column may hold nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Text,
    /// A number, and beside it the same as text: that of some institutions has more places than a number here may have.
    Decimal,
    Day,
    /// An instant, in microseconds of UTC.
    Moment,
    Flag,
}

impl Sort {
    fn of(name: &str) -> Self {
        match name {
            "amount"
            | "quantity"
            | "price"
            | "fees"
            | "market_value"
            | "cost_basis"
            | "balance"
            | "available"
            | "units"
            | "basis"
            | "gain"
            | "proceeds"
            | "wash_sale_disallowed" => Self::Decimal,
            "day" | "acquired" | "closed" => Self::Day,
            "posted_at" | "created_at" | "updated_at" | "as_of" => Self::Moment,
            "hidden" | "is_opening" => Self::Flag,
            _ => Self::Text,
        }
    }
}

struct Column {
    name: &'static str,
    sort: Sort,
    /// What waits for its group.
    cells: Vec<Option<String>>,
}

/// Where the writer writes to, and the parts of the file are taken from.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn take(&self) -> Vec<u8> {
        mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn broken(error: ParquetError) -> FileError {
    FileError(Box::new(error))
}

/// A file that is being written.
pub(super) struct Open {
    columns: Vec<Column>,
    out: Shared,
    writer: SerializedFileWriter<Shared>,
}

impl Open {
    /// Begins a file with these columns, by their names between commas.
    pub(super) fn new(names: &'static str) -> Result<Self, FileError> {
        let columns: Vec<Column> =
            names.split(',').map(|name| Column { name, sort: Sort::of(name), cells: Vec::new() }).collect();
        let mut schema = String::from("message row {\n");
        for Column { name, sort, .. } in &columns {
            schema += &match sort {
                Sort::Text => format!("optional byte_array {name} (UTF8);\n"),
                Sort::Decimal => format!(
                    "optional fixed_len_byte_array (16) {name} (DECIMAL (38, {SCALE}));\n\
                     optional byte_array {name}_text (UTF8);\n"
                ),
                Sort::Day => format!("optional int32 {name} (DATE);\n"),
                Sort::Moment => format!("optional int64 {name} (TIMESTAMP(MICROS,true));\n"),
                Sort::Flag => format!("optional boolean {name};\n"),
            };
        }
        schema += "}";
        let schema = Arc::new(parse_message_type(&schema).map_err(broken)?);
        let version = KeyValue::new("dashtam.schema".to_owned(), "1".to_owned());
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by("dashtam".to_owned())
            .set_key_value_metadata(Some(vec![version]))
            .build();
        let out = Shared::default();
        let writer = SerializedFileWriter::new(out.clone(), schema, Arc::new(properties)).map_err(broken)?;
        Ok(Self { columns, out, writer })
    }

    /// Adds a row, of as many cells as there are columns.
    pub(super) fn add(&mut self, row: Vec<Option<String>>) -> Result<(), FileError> {
        for (column, cell) in self.columns.iter_mut().zip(row) {
            column.cells.push(cell);
        }
        if self.waiting() < GROUP { Ok(()) } else { self.write().map_err(broken) }
    }

    fn waiting(&self) -> usize {
        self.columns.first().map_or(0, |column| column.cells.len())
    }

    /// What of the file is ready.
    pub(super) fn ready(&self) -> Vec<u8> {
        self.out.take()
    }

    /// Writes what waits and the end of the file.
    pub(super) fn end(&mut self) -> Result<Vec<u8>, FileError> {
        if self.waiting() > 0 {
            self.write().map_err(broken)?;
        }
        self.writer.finish().map_err(broken)?;
        Ok(self.out.take())
    }

    /// Writes a group of rows.
    fn write(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.columns {
            let cells = mem::take(&mut column.cells);
            match column.sort {
                Sort::Text => put_texts(&mut group, cells)?,
                Sort::Decimal => {
                    put::<FixedLenByteArrayType>(
                        &mut group,
                        cells.iter().map(|cell| number(cell.as_deref()?)),
                    )?;
                    put_texts(&mut group, cells)?;
                }
                Sort::Day => put::<Int32Type>(&mut group, cells.iter().map(|cell| day(cell.as_deref()?)))?,
                Sort::Moment => {
                    put::<Int64Type>(&mut group, cells.iter().map(|cell| moment(cell.as_deref()?)))?;
                }
                Sort::Flag => {
                    put::<BoolType>(&mut group, cells.iter().map(|cell| Some(cell.as_deref()? == "true")))?;
                }
            }
        }
        group.close()?;
        Ok(())
    }
}

fn put_texts(
    group: &mut SerializedRowGroupWriter<'_, Shared>,
    cells: Vec<Option<String>>,
) -> Result<(), ParquetError> {
    put::<ByteArrayType>(
        group,
        cells.into_iter().map(|cell| cell.map(|text| ByteArray::from(text.into_bytes()))),
    )
}

/// Writes the next column of a group.
fn put<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Shared>,
    cells: impl Iterator<Item = Option<T::T>>,
) -> Result<(), ParquetError> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for cell in cells {
        levels.push(i16::from(cell.is_some()));
        values.extend(cell);
    }
    let missing = || ParquetError::General("there are more columns than the schema has".to_owned());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    column.typed::<T>().write_batch(values.as_slice(), Some(&levels), None)?;
    column.close()
}

/// An exact number with its places; `None` where it has more of them, or more digits, than the column.
fn number(text: &str) -> Option<FixedLenByteArray> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let places = SCALE.checked_sub(fraction.len())?;
    let unscaled: i128 = format!("{whole}{fraction}{}", "0".repeat(places)).parse().ok()?;
    let fits = unscaled.unsigned_abs() < BEYOND;
    fits.then(|| FixedLenByteArray::from((sign * unscaled).to_be_bytes().to_vec()))
}

/// A day, as their number since the first of 1970.
fn day(text: &str) -> Option<i32> {
    i32::try_from(Day::parse(text)?.days_since(Day::new(1970, 1, 1)?)).ok()
}

fn moment(text: &str) -> Option<i64> {
    Timestamp::parse(text).map(Timestamp::as_micros)
}

#[cfg(test)]
mod tests {
    use ::parquet::{
        file::reader::{FileReader, SerializedFileReader},
        record::Field,
    };
    use bytes::Bytes;

    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let mut open = Open::new("id,day,posted_at,amount,hidden").unwrap();
        let cells = |cells: [&str; 5]| -> Vec<Option<String>> {
            cells.iter().map(|cell| (!cell.is_empty()).then(|| (*cell).to_owned())).collect()
        };
        let many = "-514.790552088631999405963";
        for row in [
            ["a", "1969-12-31", "1970-01-01T00:00:01Z", "-12.50", "true"],
            ["b", "2026-02-28", "", many, "false"],
            ["", "", "", "", ""],
        ] {
            open.add(cells(row)).unwrap();
        }
        let mut file = open.ready();
        file.extend(open.end().unwrap());
        let reader = SerializedFileReader::new(Bytes::from(file)).unwrap();
        let rows: Vec<Vec<(String, Field)>> =
            reader.get_row_iter(None).unwrap().map(|row| row.unwrap().into_columns()).collect();
        let names: Vec<&str> = rows[0].iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["id", "day", "posted_at", "amount", "amount_text", "hidden"]);
        let field = |row: usize, column: usize| rows[row][column].1.clone();
        assert_eq!((field(0, 0), field(0, 1)), (Field::Str("a".to_owned()), Field::Date(-1)));
        assert_eq!((field(0, 2), field(0, 5)), (Field::TimestampMicros(1_000_000), Field::Bool(true)));
        let Field::Decimal(amount) = field(0, 3) else { panic!("{:?}", field(0, 3)) };
        let unscaled = i128::from_be_bytes(amount.data().try_into().unwrap());
        assert_eq!((unscaled, amount.scale()), (-12_500_000_000_000_000_000, 18));
        assert_eq!((field(1, 3), field(1, 4)), (Field::Null, Field::Str(many.to_owned())));
        assert!((0..6).all(|column| field(2, column) == Field::Null));
    }

    #[test]
    fn numbers_are_exact_or_not_there() {
        let read =
            |text: &str| number(text).map(|bytes| i128::from_be_bytes(bytes.data().try_into().unwrap()));
        assert_eq!(read("0.000000000000000001"), Some(1));
        assert_eq!(read("-99999999999999999999"), Some(-99_999_999_999_999_999_999_000_000_000_000_000_000));
        assert_eq!(read("1.5000000000000000000000"), Some(1_500_000_000_000_000_000));
        for beyond in
            ["0.0000000000000000001", "100000000000000000000", "79228162514264337593543950335", "x", ""]
        {
            assert_eq!(read(beyond), None, "{beyond}");
        }
    }

    #[test]
    fn groups_of_rows_leave_the_memory_as_they_are_full() {
        let mut open = Open::new("id,amount").unwrap();
        let mut file = open.ready();
        for number in 0..GROUP + 1 {
            open.add(vec![Some(number.to_string()), Some("1.00".to_owned())]).unwrap();
        }
        file.extend(open.ready());
        assert!(file.len() > GROUP && open.waiting() == 1, "{}", file.len());
        file.extend(open.end().unwrap());
        let reader = SerializedFileReader::new(Bytes::from(file)).unwrap();
        let groups = reader.metadata().row_groups().iter().map(|group| group.num_rows());
        assert_eq!(groups.collect::<Vec<_>>(), [i64::try_from(GROUP).unwrap(), 1]);
    }
}
