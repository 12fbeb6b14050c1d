//! The categories that everybody has: groups, and in each what it holds, in our words. Each knows its names in Plaid's
//! personal finance categories, of which the first version has 104 and the second more, so that what an institution says
//! in these words is understood, and can be said again.

use std::{collections::HashMap, sync::LazyLock};

use super::Flow;

/// A category that everybody has.
#[derive(Debug, PartialEq, Eq)]
pub struct DefaultCategory {
    /// What it is called by in requests and in the store, for ever. Of one in a group the group's key, a point and a word.
    pub key: &'static str,
    /// The group it is in; `None` of a group.
    pub group: Option<&'static str>,
    /// What people read, in English.
    pub label: &'static str,
    /// Which way its money goes.
    pub flow: Flow,
    /// Its names in Plaid's words; the first is the one to say.
    pub codes: &'static [&'static str],
}

/// Groups stand before what they hold.
macro_rules! taxonomy {
    ($($group:literal $label:literal $flow:ident [$($code:literal)+] {
        $($key:literal $name:literal $($own:ident)? [$($detailed:literal)+])*
    })+) => {
        static ALL: &[DefaultCategory] = &[$(
            DefaultCategory {
                key: $group, group: None, label: $label, flow: Flow::$flow, codes: &[$($code),+],
            },
            $(DefaultCategory {
                key: concat!($group, ".", $key),
                group: Some($group),
                label: $name,
                flow: taxonomy!(@flow $flow $($own)?),
                codes: &[$($detailed),+],
            },)*
        )+];
    };
    (@flow $flow:ident) => { Flow::$flow };
    (@flow $flow:ident $own:ident) => { Flow::$own };
}

// A group's first name is that of what fits into nothing it holds, its last that of the group itself.
taxonomy! {
    "income" "Income" Income ["INCOME_OTHER" "INCOME_OTHER_INCOME" "INCOME"] {
        "salary" "Salary and wages" ["INCOME_SALARY" "INCOME_WAGES"]
        "military" "Military pay" ["INCOME_MILITARY"]
        "freelance" "Contracts and freelance work" ["INCOME_CONTRACTOR"]
        "gigs" "Gigs" ["INCOME_GIG_ECONOMY"]
        "rent_received" "Rent received" ["INCOME_RENTAL"]
        "dividends" "Dividends" ["INCOME_DIVIDENDS"]
        "interest" "Interest earned" ["INCOME_INTEREST_EARNED"]
        "child_support" "Child support" ["INCOME_CHILD_SUPPORT"]
        "disability" "Disability benefits" ["INCOME_LONG_TERM_DISABILITY"]
        "pension" "Pension" ["INCOME_RETIREMENT_PENSION"]
        "unemployment" "Unemployment benefits" ["INCOME_UNEMPLOYMENT"]
        "tax_refund" "Tax refund" ["INCOME_TAX_REFUND"]
    }
    "borrowing" "Money borrowed" Transfer ["LOAN_DISBURSEMENTS_OTHER_DISBURSEMENT" "LOAN_DISBURSEMENTS"] {
        "car" "Car loan" ["LOAN_DISBURSEMENTS_AUTO"]
        "cash_advance" "Cash advance" ["LOAN_DISBURSEMENTS_CASH_ADVANCES" "TRANSFER_IN_CASH_ADVANCES_AND_LOANS"]
        "wage_advance" "Advance on wages" ["LOAN_DISBURSEMENTS_EWA"]
        "mortgage" "Mortgage" ["LOAN_DISBURSEMENTS_MORTGAGE"]
        "personal" "Personal loan" ["LOAN_DISBURSEMENTS_PERSONAL"]
        "student" "Student loan" ["LOAN_DISBURSEMENTS_STUDENT"]
    }
    "debt" "Debt payments" Expense ["LOAN_PAYMENTS_OTHER_PAYMENT" "LOAN_PAYMENTS"] {
        "pay_later" "Buy now, pay later" ["LOAN_PAYMENTS_BNPL"]
        "car" "Car loan or lease" ["LOAN_PAYMENTS_CAR_PAYMENT"]
        "cash_advance" "Cash advance paid back" ["LOAN_PAYMENTS_CASH_ADVANCES"]
        "wage_advance" "Wage advance paid back" ["LOAN_PAYMENTS_EWA"]
        "credit_card" "Credit card bill" Transfer ["LOAN_PAYMENTS_CREDIT_CARD_PAYMENT"]
        "mortgage" "Mortgage" ["LOAN_PAYMENTS_MORTGAGE_PAYMENT"]
        "personal" "Personal loan" ["LOAN_PAYMENTS_PERSONAL_LOAN_PAYMENT"]
        "student" "Student loan" ["LOAN_PAYMENTS_STUDENT_LOAN_PAYMENT"]
    }
    "transfer_in" "Transfers in" Transfer ["TRANSFER_IN_OTHER_TRANSFER_IN" "TRANSFER_IN"] {
        "account" "From another account" ["TRANSFER_IN_ACCOUNT_TRANSFER"]
        "deposit" "Cash and cheques paid in" ["TRANSFER_IN_DEPOSIT"]
        "investment" "From investments" ["TRANSFER_IN_INVESTMENT_AND_RETIREMENT_FUNDS"]
        "savings" "From savings" ["TRANSFER_IN_SAVINGS"]
        "app" "From a payment app" ["TRANSFER_IN_TRANSFER_IN_FROM_APPS"]
        "wire" "Wire" ["TRANSFER_IN_WIRE"]
    }
    "transfer_out" "Transfers out" Transfer ["TRANSFER_OUT_OTHER_TRANSFER_OUT" "TRANSFER_OUT"] {
        "account" "To another account" ["TRANSFER_OUT_ACCOUNT_TRANSFER"]
        "crypto" "To crypto" ["TRANSFER_OUT_CRYPTO"]
        "investment" "To investments" ["TRANSFER_OUT_INVESTMENT_AND_RETIREMENT_FUNDS"]
        "savings" "To savings" ["TRANSFER_OUT_SAVINGS"]
        "app" "To a payment app" ["TRANSFER_OUT_TRANSFER_OUT_FROM_APPS"]
        "wire" "Wire" ["TRANSFER_OUT_WIRE"]
        "cash" "Cash withdrawn" ["TRANSFER_OUT_WITHDRAWAL"]
    }
    "bank_fees" "Bank fees" Expense ["BANK_FEES_OTHER_BANK_FEES" "BANK_FEES"] {
        "cash_machine" "Cash machine fees" ["BANK_FEES_ATM_FEES"]
        "cash_advance" "Cash advance fees" ["BANK_FEES_CASH_ADVANCE"]
        "foreign" "Foreign transaction fees" ["BANK_FEES_FOREIGN_TRANSACTION_FEES"]
        "returned" "Insufficient funds" ["BANK_FEES_INSUFFICIENT_FUNDS"]
        "interest" "Interest charged" ["BANK_FEES_INTEREST_CHARGE"]
        "late" "Late fees" ["BANK_FEES_LATE_FEES"]
        "overdraft" "Overdraft fees" ["BANK_FEES_OVERDRAFT_FEES"]
    }
    "entertainment" "Entertainment" Expense ["ENTERTAINMENT_OTHER_ENTERTAINMENT" "ENTERTAINMENT"] {
        "gambling" "Gambling" ["ENTERTAINMENT_CASINOS_AND_GAMBLING"]
        "music" "Music and audio" ["ENTERTAINMENT_MUSIC_AND_AUDIO"]
        "outings" "Events, parks and museums" ["ENTERTAINMENT_SPORTING_EVENTS_AMUSEMENT_PARKS_AND_MUSEUMS"]
        "video" "Television and films" ["ENTERTAINMENT_TV_AND_MOVIES"]
        "games" "Video games" ["ENTERTAINMENT_VIDEO_GAMES"]
    }
    "food" "Food and drink" Expense ["FOOD_AND_DRINK_OTHER_FOOD_AND_DRINK" "FOOD_AND_DRINK"] {
        "alcohol" "Beer, wine and spirits" ["FOOD_AND_DRINK_BEER_WINE_AND_LIQUOR"]
        "coffee" "Coffee" ["FOOD_AND_DRINK_COFFEE"]
        "fast_food" "Fast food" ["FOOD_AND_DRINK_FAST_FOOD"]
        "groceries" "Groceries" ["FOOD_AND_DRINK_GROCERIES"]
        "restaurants" "Restaurants" ["FOOD_AND_DRINK_RESTAURANT"]
        "vending" "Vending machines" ["FOOD_AND_DRINK_VENDING_MACHINES"]
    }
    "shopping" "Shopping" Expense ["GENERAL_MERCHANDISE_OTHER_GENERAL_MERCHANDISE" "GENERAL_MERCHANDISE"] {
        "books" "Books and newspapers" ["GENERAL_MERCHANDISE_BOOKSTORES_AND_NEWSSTANDS"]
        "clothing" "Clothing and accessories" ["GENERAL_MERCHANDISE_CLOTHING_AND_ACCESSORIES"]
        "convenience" "Corner shops" ["GENERAL_MERCHANDISE_CONVENIENCE_STORES"]
        "department" "Department stores" ["GENERAL_MERCHANDISE_DEPARTMENT_STORES"]
        "discount" "Discount stores" ["GENERAL_MERCHANDISE_DISCOUNT_STORES"]
        "electronics" "Electronics" ["GENERAL_MERCHANDISE_ELECTRONICS"]
        "gifts" "Gifts and flowers" ["GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES"]
        "office" "Office supplies" ["GENERAL_MERCHANDISE_OFFICE_SUPPLIES"]
        "online" "Online marketplaces" ["GENERAL_MERCHANDISE_ONLINE_MARKETPLACES"]
        "pets" "Pet supplies" ["GENERAL_MERCHANDISE_PET_SUPPLIES"]
        "sports" "Sporting goods" ["GENERAL_MERCHANDISE_SPORTING_GOODS"]
        "superstores" "Superstores" ["GENERAL_MERCHANDISE_SUPERSTORES"]
        "tobacco" "Tobacco" ["GENERAL_MERCHANDISE_TOBACCO_AND_VAPE"]
    }
    "home" "Home" Expense ["HOME_IMPROVEMENT_OTHER_HOME_IMPROVEMENT" "HOME_IMPROVEMENT"] {
        "furniture" "Furniture" ["HOME_IMPROVEMENT_FURNITURE"]
        "hardware" "Hardware and building materials" ["HOME_IMPROVEMENT_HARDWARE"]
        "repairs" "Repairs and upkeep" ["HOME_IMPROVEMENT_REPAIR_AND_MAINTENANCE"]
        "security" "Home security" ["HOME_IMPROVEMENT_SECURITY"]
    }
    "medical" "Health" Expense ["MEDICAL_OTHER_MEDICAL" "MEDICAL"] {
        "dentist" "Dentist" ["MEDICAL_DENTAL_CARE"]
        "eyes" "Eyes and glasses" ["MEDICAL_EYE_CARE"]
        "nursing" "Nursing care" ["MEDICAL_NURSING_CARE"]
        "pharmacy" "Pharmacy" ["MEDICAL_PHARMACIES_AND_SUPPLEMENTS"]
        "doctor" "Doctor" ["MEDICAL_PRIMARY_CARE"]
        "vet" "Vet" ["MEDICAL_VETERINARY_SERVICES"]
    }
    "personal" "Personal care" Expense ["PERSONAL_CARE_OTHER_PERSONAL_CARE" "PERSONAL_CARE"] {
        "fitness" "Gym and fitness" ["PERSONAL_CARE_GYMS_AND_FITNESS_CENTERS"]
        "beauty" "Hair and beauty" ["PERSONAL_CARE_HAIR_AND_BEAUTY"]
        "laundry" "Laundry" ["PERSONAL_CARE_LAUNDRY_AND_DRY_CLEANING"]
    }
    "services" "Services" Expense ["GENERAL_SERVICES_OTHER_GENERAL_SERVICES" "GENERAL_SERVICES"] {
        "accounting" "Accounting and financial advice" ["GENERAL_SERVICES_ACCOUNTING_AND_FINANCIAL_PLANNING"]
        "car" "Car repair and upkeep" ["GENERAL_SERVICES_AUTOMOTIVE"]
        "childcare" "Childcare" ["GENERAL_SERVICES_CHILDCARE"]
        "legal" "Consulting and legal advice" ["GENERAL_SERVICES_CONSULTING_AND_LEGAL"]
        "education" "Education" ["GENERAL_SERVICES_EDUCATION"]
        "insurance" "Insurance" ["GENERAL_SERVICES_INSURANCE"]
        "postage" "Postage and shipping" ["GENERAL_SERVICES_POSTAGE_AND_SHIPPING"]
        "storage" "Storage" ["GENERAL_SERVICES_STORAGE"]
    }
    "society" "Government and giving" Expense
        ["GOVERNMENT_AND_NON_PROFIT_OTHER_GOVERNMENT_AND_NON_PROFIT" "GOVERNMENT_AND_NON_PROFIT"] {
        "donations" "Donations" ["GOVERNMENT_AND_NON_PROFIT_DONATIONS"]
        "authorities" "Authorities" ["GOVERNMENT_AND_NON_PROFIT_GOVERNMENT_DEPARTMENTS_AND_AGENCIES"]
        "taxes" "Taxes" ["GOVERNMENT_AND_NON_PROFIT_TAX_PAYMENT"]
    }
    "transport" "Transport" Expense ["TRANSPORTATION_OTHER_TRANSPORTATION" "TRANSPORTATION"] {
        "bikes" "Bikes and scooters" ["TRANSPORTATION_BIKES_AND_SCOOTERS"]
        "fuel" "Fuel" ["TRANSPORTATION_GAS"]
        "parking" "Parking" ["TRANSPORTATION_PARKING"]
        "public" "Public transport" ["TRANSPORTATION_PUBLIC_TRANSIT"]
        "taxis" "Taxis and ride shares" ["TRANSPORTATION_TAXIS_AND_RIDE_SHARES"]
        "tolls" "Tolls" ["TRANSPORTATION_TOLLS"]
    }
    "travel" "Travel" Expense ["TRAVEL_OTHER_TRAVEL" "TRAVEL"] {
        "flights" "Flights" ["TRAVEL_FLIGHTS"]
        "lodging" "Lodging" ["TRAVEL_LODGING"]
        "rental_cars" "Rental cars" ["TRAVEL_RENTAL_CARS"]
    }
    "housing" "Rent and utilities" Expense ["RENT_AND_UTILITIES_OTHER_UTILITIES" "RENT_AND_UTILITIES"] {
        "energy" "Gas and electricity" ["RENT_AND_UTILITIES_GAS_AND_ELECTRICITY"]
        "internet" "Internet and cable" ["RENT_AND_UTILITIES_INTERNET_AND_CABLE"]
        "rent" "Rent" ["RENT_AND_UTILITIES_RENT"]
        "waste" "Sewage and waste" ["RENT_AND_UTILITIES_SEWAGE_AND_WASTE_MANAGEMENT"]
        "phone" "Telephone" ["RENT_AND_UTILITIES_TELEPHONE"]
        "water" "Water" ["RENT_AND_UTILITIES_WATER"]
    }
    "other" "Other" Expense ["OTHER_OTHER" "OTHER"] {}
}

impl DefaultCategory {
    /// Every one, each group before what it holds.
    pub fn all() -> &'static [Self] {
        ALL
    }

    /// The one with this key.
    pub fn by_key(key: &str) -> Option<&'static Self> {
        static BY_KEY: LazyLock<HashMap<&str, &DefaultCategory>> =
            LazyLock::new(|| ALL.iter().map(|category| (category.key, category)).collect());
        BY_KEY.get(key).copied()
    }

    /// What a code in Plaid's words means. A detailed code that is not known is in the group with whose name it begins.
    pub fn by_code(code: &str) -> Option<&'static Self> {
        static BY_CODE: LazyLock<HashMap<&str, &DefaultCategory>> = LazyLock::new(|| {
            ALL.iter().flat_map(|category| category.codes.iter().map(move |code| (*code, category))).collect()
        });
        let known = |code: &str| BY_CODE.get(code).copied();
        let mut whole = code;
        loop {
            if let Some(category) = known(whole) {
                return Some(category);
            }
            whole = whole.rsplit_once('_')?.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn keys_and_codes_are_each_of_one_category() {
        let keys: HashSet<&str> = ALL.iter().map(|category| category.key).collect();
        assert_eq!(keys.len(), ALL.len());
        let codes: Vec<&str> = ALL.iter().flat_map(|category| category.codes).copied().collect();
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), codes.len());
        let groups: Vec<&DefaultCategory> = ALL.iter().filter(|category| category.group.is_none()).collect();
        assert_eq!(groups.len(), 18);
        for category in ALL {
            let of_group = category.group.map(|group| DefaultCategory::by_key(group).unwrap());
            assert_eq!(of_group.is_none(), !category.key.contains('.'), "{}", category.key);
            assert!(of_group.is_none_or(|group| group.group.is_none()));
            for code in category.codes {
                assert_eq!(DefaultCategory::by_code(code).unwrap().key, category.key);
                let primary = of_group.unwrap_or(category).codes.last().unwrap();
                // One code of the first version is in another group by the second.
                let moved = *code == "TRANSFER_IN_CASH_ADVANCES_AND_LOANS";
                assert!(moved || code.starts_with(primary), "{code} {primary}");
            }
        }
    }

    #[test]
    fn a_code_nobody_knows_is_in_the_group_it_begins_with() {
        for (code, key) in [
            ("FOOD_AND_DRINK_COFFEE", Some("food.coffee")),
            ("FOOD_AND_DRINK_BRUNCH", Some("food")),
            ("INCOME_WAGES", Some("income.salary")),
            ("TRANSFER_OUT_TO_THE_MOON", Some("transfer_out")),
            ("LOAN_PAYMENTS_CREDIT_CARD_PAYMENT", Some("debt.credit_card")),
            ("OTHER_OTHER", Some("other")),
            ("food", None),
            ("SOMETHING_ELSE", None),
            ("", None),
        ] {
            assert_eq!(DefaultCategory::by_code(code).map(|category| category.key), key, "{code}");
        }
        let flow = |key| DefaultCategory::by_key(key).unwrap().flow;
        assert_eq!(flow("debt.credit_card"), Flow::Transfer);
        assert_eq!((flow("debt.mortgage"), flow("income.salary")), (Flow::Expense, Flow::Income));
    }
}
