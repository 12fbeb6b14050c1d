//! The element names that mean something to the reader.

/// What an element is to us. Names are compared without regard to case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    // Containers: they end a row or a statement that was never closed.
    Ofx,
    MessageSet,
    Response,
    BankStatement,
    CardStatement,
    InvestmentStatement,
    LoanStatement,
    TransactionList,
    Row,
    PendingRow,
    CashInInvestment,
    Trade,
    Position,
    SecurityInfo,
    LedgerBalance,
    AvailableBalance,
    InvestmentBalance,
    OtherBalances,
    Positions,
    OpenOrders,
    Retirement,
    Securities,
    // Other aggregates.
    BankAccount,
    CardAccount,
    InvestmentAccount,
    LoanAccount,
    CounterAccount,
    LoanAmounts,
    Escrow,
    SignOn,
    Status,
    AccountList,
    Profile,
    Payee,
    Currency,
    OriginalCurrency,
    // Leaves.
    Code,
    Severity,
    Message,
    Organisation,
    InstitutionId,
    IntuitId,
    IntuitOrganisation,
    Intuit,
    DefaultCurrency,
    BankId,
    BranchId,
    BrokerId,
    AccountId,
    AccountType,
    BalanceAmount,
    BalanceDate,
    CreditLimit,
    InterestRate,
    AvailableCash,
    MarginBalance,
    ShortBalance,
    TransactionType,
    Posted,
    Amount,
    TransactionId,
    CorrectsId,
    CorrectAction,
    ServerId,
    CheckNumber,
    Reference,
    Name,
    ExtendedName,
    Memo,
    Symbol,
    Rate,
    LoanPayment,
    Principal,
    Interest,
    EscrowTotal,
    Insurance,
    LateFee,
    /// A number that is no cash amount, yet shows which decimal mark the file uses.
    Figure,
    /// Any other element.
    Other,
}

/// No name of the format is longer; a longer one is no element but text with an angle bracket in it.
pub(super) const LONGEST_NAME: usize = 64;

impl Tag {
    /// The tag for a name as it stands in the file.
    pub(super) fn of(name: &[u8]) -> Self {
        let mut upper = [0_u8; 24];
        let Some(slot) = upper.get_mut(..name.len()) else { return Self::Other };
        slot.copy_from_slice(name);
        slot.make_ascii_uppercase();
        Self::of_upper(slot)
    }

    fn of_upper(name: &[u8]) -> Self {
        match name {
            b"STMTTRN" | b"LOANSTMTTRN" | b"LOANTRN" => Self::Row,
            b"TRNTYPE" | b"LOANTRNTYPE" => Self::TransactionType,
            b"DTPOSTED" => Self::Posted,
            b"TRNAMT" => Self::Amount,
            b"FITID" => Self::TransactionId,
            b"NAME" => Self::Name,
            b"MEMO" => Self::Memo,
            b"CHECKNUM" => Self::CheckNumber,
            b"REFNUM" => Self::Reference,
            b"SRVRTID" => Self::ServerId,
            b"CORRECTFITID" => Self::CorrectsId,
            b"CORRECTACTION" => Self::CorrectAction,
            b"PAYEE" => Self::Payee,
            b"EXTDNAME" => Self::ExtendedName,
            b"CURRENCY" => Self::Currency,
            b"ORIGCURRENCY" => Self::OriginalCurrency,
            b"CURSYM" => Self::Symbol,
            b"CURRATE" => Self::Rate,
            b"LOANTRNAMT" => Self::LoanAmounts,
            b"ESCRWAMT" => Self::Escrow,
            b"LOANPMTAMT" => Self::LoanPayment,
            b"PRINAMT" | b"PRINCIPALAMT" => Self::Principal,
            b"INTAMT" | b"INTERESTAMT" => Self::Interest,
            b"ESCRWTOTAL" => Self::EscrowTotal,
            b"INSURANCE" | b"INSURANCEAMT" => Self::Insurance,
            b"LATEFEEAMT" => Self::LateFee,
            b"BANKACCTTO" | b"CCACCTTO" | b"LOANACCTTO" => Self::CounterAccount,
            b"OFX" => Self::Ofx,
            b"STMTRS" => Self::BankStatement,
            b"CCSTMTRS" => Self::CardStatement,
            b"INVSTMTRS" => Self::InvestmentStatement,
            b"LOANSTMTRS" => Self::LoanStatement,
            b"BANKTRANLIST" | b"BANKTRANLISTP" | b"INVTRANLIST" | b"LOANTRANLIST" => Self::TransactionList,
            b"STMTTRNP" => Self::PendingRow,
            b"INVBANKTRAN" => Self::CashInInvestment,
            b"LEDGERBAL" | b"LOANBAL" | b"PRINBAL" | b"PRINCIPALBAL" => Self::LedgerBalance,
            b"AVAILBAL" => Self::AvailableBalance,
            b"INVBAL" => Self::InvestmentBalance,
            b"BALLIST" => Self::OtherBalances,
            b"INVPOSLIST" => Self::Positions,
            b"INVOOLIST" => Self::OpenOrders,
            b"POSDEBT" | b"POSMF" | b"POSOPT" | b"POSOTHER" | b"POSSTOCK" => Self::Position,
            b"DEBTINFO" | b"MFINFO" | b"OPTINFO" | b"OTHERINFO" | b"STOCKINFO" => Self::SecurityInfo,
            b"INV401K" | b"INV401KBAL" => Self::Retirement,
            b"SECLIST" => Self::Securities,
            b"BANKACCTFROM" => Self::BankAccount,
            b"CCACCTFROM" => Self::CardAccount,
            b"INVACCTFROM" => Self::InvestmentAccount,
            b"LOANACCTFROM" => Self::LoanAccount,
            b"SONRS" => Self::SignOn,
            b"STATUS" => Self::Status,
            b"ACCTINFORS" => Self::AccountList,
            b"PROFRS" => Self::Profile,
            b"CODE" => Self::Code,
            b"SEVERITY" => Self::Severity,
            b"MESSAGE" => Self::Message,
            b"ORG" => Self::Organisation,
            b"FID" => Self::InstitutionId,
            b"INTU.BID" => Self::IntuitId,
            b"INTU.ORG" => Self::IntuitOrganisation,
            b"CURDEF" => Self::DefaultCurrency,
            b"BANKID" => Self::BankId,
            b"BRANCHID" => Self::BranchId,
            b"BROKERID" => Self::BrokerId,
            b"ACCTID" | b"LOANACCTID" => Self::AccountId,
            b"ACCTTYPE" | b"LOANACCTTYPE" | b"LOANTYPE" => Self::AccountType,
            b"BALAMT" => Self::BalanceAmount,
            b"DTASOF" => Self::BalanceDate,
            b"CREDITLIMIT" | b"CREDITLIM" => Self::CreditLimit,
            b"INTRATE" | b"INTRATEPURCH" | b"LOANINTRATE" | b"LOANRATE" => Self::InterestRate,
            b"AVAILCASH" => Self::AvailableCash,
            b"MARGINBALANCE" => Self::MarginBalance,
            b"SHORTBALANCE" => Self::ShortBalance,
            b"TOTAL" | b"UNITS" | b"UNITPRICE" | b"MKTVAL" => Self::Figure,
            b"BUYDEBT" | b"BUYMF" | b"BUYOPT" | b"BUYOTHER" | b"BUYSTOCK" | b"CLOSUREOPT" | b"INCOME"
            | b"INVEXPENSE" | b"JRNLFUND" | b"JRNLSEC" | b"MARGININTEREST" | b"REINVEST" | b"RETOFCAP"
            | b"SELLDEBT" | b"SELLMF" | b"SELLOPT" | b"SELLOTHER" | b"SELLSTOCK" | b"SPLIT" | b"TRANSFER" => {
                Self::Trade
            }
            _ if name.starts_with(b"INTU.") => Self::Intuit,
            _ if name.ends_with(b"TRNRS") => Self::Response,
            _ if is_message_set(name) => Self::MessageSet,
            _ => Self::Other,
        }
    }

    /// Whether this element can stand around a row, so that its end is the row's end too.
    pub(super) fn is_around_rows(self) -> bool {
        self.is_statement()
            || matches!(
                self,
                Self::Ofx
                    | Self::MessageSet
                    | Self::Response
                    | Self::TransactionList
                    | Self::CashInInvestment
            )
    }

    /// Whether this element stands around or beside rows, so that no row goes on behind its beginning.
    pub(super) fn is_container(self) -> bool {
        self.is_around_rows()
            || matches!(
                self,
                Self::PendingRow
                    | Self::LedgerBalance
                    | Self::AvailableBalance
                    | Self::InvestmentBalance
                    | Self::OtherBalances
                    | Self::Positions
                    | Self::OpenOrders
                    | Self::Retirement
                    | Self::Securities
            )
    }

    /// Whether no trade, no position and nothing that is said of a security goes on behind the beginning of this element.
    pub(super) fn begins_investment(self) -> bool {
        self.is_container() || matches!(self, Self::Row | Self::Trade | Self::Position | Self::SecurityInfo)
    }

    /// Whether this element can stand around a trade, a position or what is said of a security, so that its end is theirs.
    pub(super) fn is_around_investments(self) -> bool {
        self.is_around_rows() || matches!(self, Self::Positions | Self::Securities)
    }

    /// Whether this element begins a statement.
    pub(super) fn is_statement(self) -> bool {
        matches!(
            self,
            Self::BankStatement | Self::CardStatement | Self::InvestmentStatement | Self::LoanStatement
        )
    }

    /// Whether this element names the account of a statement.
    pub(super) fn is_account(self) -> bool {
        matches!(self, Self::BankAccount | Self::CardAccount | Self::InvestmentAccount | Self::LoanAccount)
    }

    /// Whether this element's text is a number written with the file's decimal mark.
    pub(super) fn is_number(self) -> bool {
        matches!(
            self,
            Self::Amount
                | Self::BalanceAmount
                | Self::CreditLimit
                | Self::InterestRate
                | Self::AvailableCash
                | Self::MarginBalance
                | Self::ShortBalance
                | Self::Figure
                | Self::LoanPayment
                | Self::Principal
                | Self::Interest
                | Self::EscrowTotal
        )
    }
}

/// Whether the name is that of a set of answers, such as `BANKMSGSRSV1`.
fn is_message_set(name: &[u8]) -> bool {
    name.len() > 8 && name[..name.len() - 1].ends_with(b"MSGSRSV") && name[name.len() - 1].is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_whatever_their_case() {
        for (name, tag) in [
            ("StmtTrn", Tag::Row),
            ("CREDITCARDMSGSRSV1", Tag::MessageSet),
            ("CCSTMTTRNRS", Tag::Response),
            ("INTU.USERID", Tag::Intuit),
            ("SELLOTHER", Tag::Trade),
            ("VALUEDATE", Tag::Other),
            ("MSGSRSV1", Tag::Other),
            ("", Tag::Other),
            ("ANAMELONGERTHANANYOFTHEFORMAT", Tag::Other),
        ] {
            assert_eq!(Tag::of(name.as_bytes()), tag, "{name}");
        }
    }
}
