//! Where the household buys. The names are invented.

use crate::world::merchants::{Merchant, chain, place, table};

/// Shops for every day, with the debit card.
pub(super) const EVERYDAY: &[Merchant] = &[
    chain("Fennel & Rye Grocers", 2_200, 9_400, 22, (4, 9)).coded("FOOD_AND_DRINK_GROCERIES"),
    chain("Marigold Market", 900, 5_200, 14, (31, 38)).coded("FOOD_AND_DRINK_GROCERIES"),
    chain("Copper Kettle Coffee", 320, 780, 22, (12, 17)).coded("FOOD_AND_DRINK_COFFEE"),
    place("Osterby Bakery", 380, 1_450, 10).coded("FOOD_AND_DRINK_GROCERIES"),
    chain("Juniper Fuel", 3_400, 5_800, 7, (201, 206)).coded("TRANSPORTATION_GAS"),
    place("Citylink Transit", 290, 290, 12).coded("TRANSPORTATION_PUBLIC_TRANSIT"),
    chain("Poppy Pharmacy", 640, 3_800, 4, (55, 57)).coded("MEDICAL_PHARMACIES_AND_SUPPLEMENTS"),
    place("Dumpling Lane", 980, 2_400, 7).coded("FOOD_AND_DRINK_FAST_FOOD"),
    place("Stonebridge Parking", 300, 1_400, 3).coded("TRANSPORTATION_PARKING"),
    place("Tidewater Books", 900, 3_800, 3).coded("GENERAL_MERCHANDISE_BOOKSTORES_AND_NEWSSTANDS"),
    place("Comb & Razor", 2_800, 4_600, 2).coded("PERSONAL_CARE_HAIR_AND_BEAUTY"),
    place("Little Oaks Toys", 1_200, 4_500, 2).coded("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES"),
];

/// Shops for larger things and for leisure, with the credit card.
pub(super) const LEISURE: &[Merchant] = &[
    table("Olive & Thyme", 3_200, 9_000, 10).coded("FOOD_AND_DRINK_RESTAURANT"),
    table("Blue Door Bistro", 2_400, 6_800, 10).coded("FOOD_AND_DRINK_RESTAURANT"),
    chain("Parcelbee Online", 1_100, 9_800, 16, (100_000, 999_999))
        .coded("GENERAL_MERCHANDISE_ONLINE_MARKETPLACES"),
    place("Wool & Willow", 2_400, 11_000, 6).coded("GENERAL_MERCHANDISE_CLOTHING_AND_ACCESSORIES"),
    place("Lodestar Cinema", 1_400, 3_600, 7).coded("ENTERTAINMENT_TV_AND_MOVIES"),
    place("Swiftlet Rides", 850, 2_900, 10).coded("TRANSPORTATION_TAXIS_AND_RIDE_SHARES"),
    chain("Hearth & Beam", 1_400, 11_000, 4, (18, 20)).coded("HOME_IMPROVEMENT_HARDWARE"),
    place("Pixelforge Games", 900, 5_900, 2).coded("ENTERTAINMENT_VIDEO_GAMES"),
    place("Whisker Lane Vets", 4_200, 13_000, 2).coded("MEDICAL_VETERINARY_SERVICES"),
    place("Fernside Museum", 1_000, 2_400, 3)
        .coded("ENTERTAINMENT_SPORTING_EVENTS_AMUSEMENT_PARKS_AND_MUSEUMS"),
    place("Kitepoint Electronics", 2_900, 32_000, 2).coded("GENERAL_MERCHANDISE_ELECTRONICS"),
];
