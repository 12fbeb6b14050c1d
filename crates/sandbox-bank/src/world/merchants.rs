//! Where customers spend their money.

/// A shop where customers buy.
pub(super) struct Merchant {
    pub(super) name: &'static str,
    /// The least and the most a purchase costs, in cents.
    pub(super) from: i64,
    pub(super) to: i64,
    /// How often it is chosen, compared with the others.
    pub(super) weight: u64,
    /// Whether a tip is added after the card was authorised.
    pub(super) tips: bool,
    /// Lowest and highest branch number; equal numbers mean one place only.
    pub(super) branches: (i64, i64),
    /// The code of what is bought there, where the bank tells it.
    pub(super) code: Option<&'static str>,
}

impl Merchant {
    /// The same shop with the code of what is bought there.
    pub(super) const fn coded(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    /// The text of the purchase on the statement.
    pub(super) fn statement_text(&self, label: &str, branch: i64) -> String {
        let name = self.name.to_uppercase();
        if self.branches.0 == self.branches.1 {
            format!("{label}{name}")
        } else {
            format!("{label}{name} #{branch:04}")
        }
    }
}

pub(super) const fn chain(
    name: &'static str,
    from: i64,
    to: i64,
    weight: u64,
    branches: (i64, i64),
) -> Merchant {
    Merchant { name, from, to, weight, tips: false, branches, code: None }
}

pub(super) const fn place(name: &'static str, from: i64, to: i64, weight: u64) -> Merchant {
    chain(name, from, to, weight, (0, 0))
}

pub(super) const fn table(name: &'static str, from: i64, to: i64, weight: u64) -> Merchant {
    Merchant { name, from, to, weight, tips: true, branches: (0, 0), code: None }
}

/// Shops for everyday spending, with the debit card.
pub(super) const EVERYDAY: &[Merchant] = &[
    chain("Greenleaf Market", 1_400, 7_800, 20, (12, 19)),
    chain("Corner Pantry", 350, 2_400, 14, (201, 230)),
    chain("Save-Rite Foods", 1_900, 8_200, 10, (3, 6)),
    place("Müller & Söhne Bakery", 380, 1_450, 12),
    chain("Kettle & Bean", 310, 890, 24, (40, 55)),
    chain("Wellspring Pharmacy", 540, 3_600, 7, (881, 884)),
    place("Metro Transit", 275, 275, 18),
    chain("Quickfuel", 2_200, 5_400, 7, (7, 11)),
    place("Noodle Bar 88", 890, 1_680, 10),
    place("Farmers <Pop-Up> Stand", 600, 2_300, 4),
    chain("Parkwell Garage", 400, 1_800, 5, (1, 4)),
];

/// Shops for larger purchases and leisure, with the credit card.
pub(super) const LEISURE: &[Merchant] = &[
    table("Café Lumière", 1_250, 4_200, 16),
    table("Trattoria Da Enzo", 2_800, 8_600, 10),
    table("Señor Taco", 1_400, 3_900, 14),
    table("The Brass Lantern", 1_800, 6_900, 9),
    chain("Everbuy Online", 900, 9_800, 20, (100_000, 999_999)),
    chain("Homegoods Depot", 1_500, 12_500, 6, (610, 640)),
    place("Threads & Co", 2_400, 11_000, 6),
    place("Cinema Paradiso", 1_250, 3_200, 6),
    place("Hopscotch Ride Share", 750, 3_400, 14),
    place("Pagebound Books", 900, 4_200, 6),
    place("Trailhead Outfitters", 2_500, 14_000, 3),
    place("Skylark Airways", 14_000, 42_000, 1),
    place("Hôtel du Port", 11_000, 31_000, 1),
    place("Paws & Claws Vet", 4_500, 16_000, 2),
];
