#![doc = include_str!("../README.md")]

mod bank;
mod data;
mod faults;
mod grants;
mod oauth;
mod options;
mod params;
mod server;
mod world;

pub use faults::{
    Customer, DEFAULT_CUSTOMER, HOUSEHOLD_CUSTOMER, LEVERS, Lever, LeverInfo, Levers, PASSWORD, lever_table,
};
pub use options::{Client, Clock, Options, Today};
pub use server::{RunningBank, SandboxBank};
pub use world::{
    Account, AccountKind, AssetType, Holding, Original, SecurityDetail, Status, Transaction, TransactionKind,
    World,
};
