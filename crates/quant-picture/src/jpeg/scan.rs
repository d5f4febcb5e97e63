//! A scan: coefficients of blocks, at once or bit by bit.

use super::fault::damaged;
use super::huffman::{Bits, Huffman};
use super::segments::{Block, Frame, Part, Scan, Tables, ZIGZAG};
use crate::error::Result;

/// Reads a scan into the blocks of the components; the bytes that it takes.
pub fn read(
    data: &[u8],
    frame: &Frame,
    blocks: &mut [Vec<Block>],
    scan: &Scan,
    tables: &Tables,
) -> Result<usize> {
    let mut bits = Bits::new(data);
    let mut state = State::default();
    let single = scan.parts.len() == 1;
    let (columns, rows) = match &scan.parts[..] {
        [part] => {
            let component = &frame.components[part.component];
            (component.width.div_ceil(8), component.height.div_ceil(8))
        }
        _ => (frame.columns, frame.rows),
    };
    let steps: Option<Vec<Step<'_>>> = scan
        .parts
        .iter()
        .map(|part| Step::of(scan, part, tables, frame.progressive))
        .collect();
    let steps = steps.ok_or_else(|| damaged("a Huffman table is missing"))?;
    let mut restarts = 0_u8;
    for unit in 0..columns * rows {
        if tables.restart > 0 && unit > 0 && unit % tables.restart == 0 {
            if !bits.restart(0xd0 + restarts % 8) {
                return Err(damaged("a restart is missing"));
            }
            restarts = restarts.wrapping_add(1);
            state = State::default();
        }
        let (row, column) = (unit / columns, unit % columns);
        for (part, step) in scan.parts.iter().zip(&steps) {
            let component = &frame.components[part.component];
            let (wide, high) = if single {
                (1, 1)
            } else {
                (component.horizontal, component.vertical)
            };
            for y in row * high..(row + 1) * high {
                for x in column * wide..(column + 1) * wide {
                    let block = &mut blocks[part.component][y * component.columns + x];
                    let done = state.block(block, step, part.component, &mut bits);
                    if done.is_none() || bits.is_over() {
                        let over = bits.is_over();
                        return Err(damaged(if over { "it ends too early" } else { "a wrong code" }));
                    }
                }
            }
        }
    }
    Ok(bits.read())
}

/// What a scan does with a block.
enum Step<'a> {
    /// All coefficients at once.
    All(&'a Huffman, &'a Huffman),
    /// The constant one but for its low bits.
    Constant(&'a Huffman, u8),
    /// One bit of the constant one.
    ConstantBit(u8),
    /// Others but for their low bits.
    Others(&'a Huffman, [usize; 2], u8),
    /// One bit of others.
    OthersBit(&'a Huffman, [usize; 2], u8),
}

impl<'a> Step<'a> {
    fn of(scan: &Scan, part: &Part, tables: &'a Tables, progressive: bool) -> Option<Self> {
        let (dc, ac) = (tables.dc[part.dc].as_ref(), tables.ac[part.ac].as_ref());
        let range = [scan.first, scan.last];
        Some(match (scan.first, scan.before) {
            _ if !progressive => Self::All(dc?, ac?),
            (0, None) => Self::Constant(dc?, scan.low),
            (0, Some(_)) => Self::ConstantBit(scan.low),
            (_, None) => Self::Others(ac?, range, scan.low),
            (_, Some(_)) => Self::OthersBit(ac?, range, scan.low),
        })
    }
}

/// What goes on from block to block.
#[derive(Default)]
struct State {
    /// The constant coefficients of the blocks before, by component.
    constant: [i32; 4],
    /// Blocks that have no more coefficients.
    ended: u32,
}

impl State {
    /// Reads what a scan has of a block; `None` where there is no such code.
    fn block(
        &mut self,
        block: &mut Block,
        step: &Step<'_>,
        component: usize,
        bits: &mut Bits<'_>,
    ) -> Option<()> {
        match step {
            Step::All(dc, ac) => {
                block[0] = self.constant(dc, component, bits)? as i16;
                all(block, ac, bits)
            }
            Step::Constant(dc, low) => {
                block[0] = (self.constant(dc, component, bits)? << low) as i16;
                Some(())
            }
            Step::ConstantBit(low) => {
                block[0] |= i16::from(bits.bit()) << low;
                Some(())
            }
            Step::Others(ac, range, low) => self.others(block, ac, *range, *low, bits),
            Step::OthersBit(ac, range, low) => self.others_bit(block, ac, *range, *low, bits),
        }
    }

    fn constant(&mut self, table: &Huffman, component: usize, bits: &mut Bits<'_>) -> Option<i32> {
        let size = bits.code(table).filter(|size| *size < 16)?;
        let constant = &mut self.constant[component];
        *constant = constant.wrapping_add(bits.signed(size.into()));
        Some(*constant)
    }

    fn others(
        &mut self,
        block: &mut Block,
        table: &Huffman,
        [first, last]: [usize; 2],
        low: u8,
        bits: &mut Bits<'_>,
    ) -> Option<()> {
        if self.ended > 0 {
            self.ended -= 1;
            return Some(());
        }
        let mut at = first;
        while at <= last {
            let code = bits.code(table)?;
            let (run, size) = (code >> 4, code & 15);
            if size == 0 && run < 15 {
                self.ended = (1 << run) - 1 + bits.bits(run.into()) as u32;
                break;
            }
            at += usize::from(run);
            if size > 0 {
                *block.get_mut(*ZIGZAG.get(at)?)? = (bits.signed(size.into()) << low) as i16;
            }
            at += 1;
        }
        Some(())
    }

    fn others_bit(
        &mut self,
        block: &mut Block,
        table: &Huffman,
        [first, last]: [usize; 2],
        low: u8,
        bits: &mut Bits<'_>,
    ) -> Option<()> {
        let one = 1_i16 << low;
        let refine = |value: &mut i16, bits: &mut Bits<'_>| {
            if bits.bit() && *value & one == 0 {
                *value = value.wrapping_add(if *value < 0 { -one } else { one });
            }
        };
        let mut at = first;
        if self.ended == 0 {
            while at <= last {
                let code = bits.code(table)?;
                let (mut run, size) = (code >> 4, code & 15);
                if size == 0 && run < 15 {
                    self.ended = (1 << run) + bits.bits(run.into()) as u32;
                    break;
                }
                let new = match size {
                    0 => 0,
                    1 if bits.bit() => one,
                    1 => -one,
                    _ => return None,
                };
                // Past so many zeros, and all that are not zero before the next one.
                while at <= last {
                    let value = &mut block[ZIGZAG[at]];
                    if *value != 0 {
                        refine(value, bits);
                    } else if run == 0 {
                        *value = new;
                        break;
                    } else {
                        run -= 1;
                    }
                    at += 1;
                }
                at += 1;
            }
        }
        if self.ended > 0 {
            for place in &ZIGZAG[at.min(last + 1)..=last] {
                if block[*place] != 0 {
                    refine(&mut block[*place], bits);
                }
            }
            self.ended -= 1;
        }
        Some(())
    }
}

/// The coefficients behind the constant one.
fn all(block: &mut Block, table: &Huffman, bits: &mut Bits<'_>) -> Option<()> {
    let mut at = 1;
    while at < 64 {
        let code = bits.code(table)?;
        let (run, size) = (usize::from(code >> 4), code & 15);
        if size == 0 {
            if run < 15 {
                break;
            }
            at += 16;
            continue;
        }
        at += run;
        *block.get_mut(*ZIGZAG.get(at)?)? = bits.signed(size.into()) as i16;
        at += 1;
    }
    Some(())
}
