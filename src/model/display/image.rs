//! Pictures that a host took of a machine's screen. What arrives is whatever the host sends: nothing in it is believed
//! before it is checked, and none of it is larger than [`LARGEST`].

mod png;
mod shrink;

pub use png::Text;

use crate::i18n::tr;
use crate::model::name;

/// Most pixels that a picture may have: a screen of 8K with room to spare.
pub const LARGEST: usize = 36 << 20;
/// Longest side in pixels.
const LONGEST: u32 = 16_384;
/// Longest name of a file that is proposed, in bytes, without what follows the machine's name.
const LONGEST_NAME: usize = 120;

/// Why something is no picture for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Neither PPM nor PNG.
    Unknown,
    /// Ends too early or contradicts itself.
    Damaged,
    /// More than [`LARGEST`].
    TooLarge,
}

impl Fault {
    /// The fault as a sentence for the user.
    #[must_use]
    pub fn sentence(self) -> String {
        match self {
            Self::Unknown => tr("The host sent a picture in a format that Vireo does not know."),
            Self::Damaged => tr("The host sent a damaged picture."),
            Self::TooLarge => tr("The host sent a picture that is too large."),
        }
    }
}

/// Rows of red, green and blue, a byte each, without gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl Pixels {
    /// Takes rows of red, green and blue.
    ///
    /// # Errors
    /// Where the number of bytes is another one, or too large.
    pub fn new(width: u32, height: u32, rgb: Vec<u8>) -> Result<Self, Fault> {
        if rgb.len() != checked_pixels(width, height)? * 3 {
            return Err(Fault::Damaged);
        }
        Ok(Self { width, height, rgb })
    }

    /// Takes rows of blue, green, red and something, as `GdkTexture` gives them.
    ///
    /// # Errors
    /// As for [`Pixels::new`].
    pub fn from_bgrx(width: u32, height: u32, bgrx: &[u8]) -> Result<Self, Fault> {
        if bgrx.len() != checked_pixels(width, height)? * 4 {
            return Err(Fault::Damaged);
        }
        let rgb = bgrx.chunks_exact(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]);
        Ok(Self {
            width,
            height,
            rgb: rgb.collect(),
        })
    }

    /// Columns.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The rows.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// The rows as blue, green, red and full opacity.
    #[must_use]
    pub fn to_bgra(&self) -> Vec<u8> {
        let pixels = self.rgb.chunks_exact(3);
        pixels.flat_map(|pixel| [pixel[2], pixel[1], pixel[0], 255]).collect()
    }

    /// The same picture within so many pixels, in its own proportions; never larger than it is.
    #[must_use]
    pub fn within(self, width: u32, height: u32) -> Self {
        let (width, height) = fit((self.width, self.height), (width, height));
        if (width, height) == (self.width, self.height) {
            return self;
        }
        shrink::shrink(&self, width, height)
    }

    /// A picture of 24 bits a pixel as PPM (`P6`) has it.
    fn from_ppm(data: &[u8]) -> Result<Self, Fault> {
        let mut rest = data.strip_prefix(b"P6").ok_or(Fault::Unknown)?;
        let (width, height) = (number(&mut rest)?, number(&mut rest)?);
        let most = number(&mut rest)?;
        if most == 0 || most > 65_535 {
            return Err(Fault::Damaged);
        }
        // One blank ends the head; what follows is data, whatever it looks like.
        let (_, raster) = rest.split_first().ok_or(Fault::Damaged)?;
        let values = checked_pixels(width, height)? * 3;
        let bytes = if most < 256 { values } else { values * 2 };
        let raster = raster.get(..bytes).ok_or(Fault::Damaged)?;
        let scaled = |value: u32| (value.min(most) * 255 / most) as u8;
        let rgb = match most {
            255 => raster.to_vec(),
            ..255 => raster.iter().map(|value| scaled(u32::from(*value))).collect(),
            _ => raster
                .chunks_exact(2)
                .map(|pair| scaled(u32::from(pair[0]) << 8 | u32::from(pair[1])))
                .collect(),
        };
        Ok(Self { width, height, rgb })
    }
}

/// A number of the head of a PPM, with the blanks and comments before it.
fn number(rest: &mut &[u8]) -> Result<u32, Fault> {
    while let Some((first, behind)) = rest.split_first() {
        match first {
            b'#' => {
                let end = behind.iter().position(|byte| *byte == b'\n').ok_or(Fault::Damaged)?;
                *rest = &behind[end..];
            }
            first if first.is_ascii_whitespace() => *rest = behind,
            _ => break,
        }
    }
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, behind) = rest.split_at(digits);
    *rest = behind;
    let number = std::str::from_utf8(number).ok().and_then(|text| text.parse().ok());
    number.ok_or(Fault::Damaged)
}

/// How many pixels that is.
fn checked_pixels(width: u32, height: u32) -> Result<usize, Fault> {
    if width == 0 || height == 0 {
        return Err(Fault::Damaged);
    }
    let pixels = width as usize * height as usize;
    if width > LONGEST || height > LONGEST || pixels > LARGEST {
        return Err(Fault::TooLarge);
    }
    Ok(pixels)
}

/// The largest size in the proportions of `own` that is within `room` and not larger than `own`.
fn fit(own: (u32, u32), room: (u32, u32)) -> (u32, u32) {
    let (width, height) = (u64::from(own.0.max(1)), u64::from(own.1.max(1)));
    let (most_wide, most_high) = (u64::from(room.0.max(1)), u64::from(room.1.max(1)));
    if width <= most_wide && height <= most_high {
        return own;
    }
    let scaled = if width * most_high > height * most_wide {
        (most_wide, (height * most_wide / width).max(1))
    } else {
        ((width * most_high / height).max(1), most_high)
    };
    // Both are at most what they were scaled from.
    (scaled.0 as u32, scaled.1 as u32)
}

/// What a host sent as the picture of a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Screenshot {
    /// Plain pixels (QEMU).
    Pixels(Pixels),
    /// A PNG whose head is sound; the rest of it is unchecked (VirtualBox, the test driver).
    Png {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// The file.
        data: Vec<u8>,
    },
}

impl Screenshot {
    /// Reads what a host sent.
    ///
    /// # Errors
    /// Where that is no picture, or too large.
    pub fn read(data: Vec<u8>) -> Result<Self, Fault> {
        match png::size(&data) {
            Some((width, height)) => {
                checked_pixels(width, height)?;
                Ok(Self::Png { width, height, data })
            }
            None => Pixels::from_ppm(&data).map(Self::Pixels),
        }
    }

    /// Columns and rows.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        match self {
            Self::Pixels(pixels) => (pixels.width, pixels.height),
            Self::Png { width, height, .. } => (*width, *height),
        }
    }

    /// All bytes of it, in the form in which it came.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Pixels(pixels) => &pixels.rgb,
            Self::Png { data, .. } => data,
        }
    }

    /// The picture as a PNG that says these things about itself.
    #[must_use]
    pub fn to_png(&self, texts: &[Text]) -> Vec<u8> {
        match self {
            Self::Pixels(pixels) => png::write(pixels, texts),
            Self::Png { data, .. } => png::with_texts(data, texts),
        }
    }
}

/// What a saved picture says about where it comes from, in the words that virt-manager uses.
#[must_use]
pub fn about(uri: &str, machine: &str, uuid: uuid::Uuid) -> Vec<Text> {
    vec![
        ("Hypervisor URI", uri.to_owned()),
        ("Domain Name", machine.to_owned()),
        ("Domain UUID", uuid.to_string()),
        ("Generator App", "Vireo".to_owned()),
        ("Generator Version", env!("CARGO_PKG_VERSION").to_owned()),
    ]
}

/// A name for the file of a picture: the machine's, the moment, `.png`. Whatever the machine is called, it is the name of
/// a visible file in the folder where it is put.
#[must_use]
pub fn file_name(machine: &str, moment: &str) -> String {
    let mut plain = String::new();
    for letter in machine.chars() {
        let letter = match letter {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '-',
            letter if letter.is_control() || name::is_invisible(letter) => continue,
            letter if letter.is_whitespace() => ' ',
            letter => letter,
        };
        if plain.len() + letter.len_utf8() > LONGEST_NAME {
            break;
        }
        plain.push(letter);
    }
    let plain = plain.trim_matches(|letter: char| letter == ' ' || letter == '.' || letter == '-');
    if plain.is_empty() {
        return format!("{moment}.png");
    }
    format!("{plain} {moment}.png")
}

#[cfg(test)]
mod tests;
